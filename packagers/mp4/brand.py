"""File and segment type."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import Box
from packagers.mp4.fields import U32
from packagers.mp4.text import FourCC, FourCCs


@dataclass(frozen=True, kw_only=True)
class FileType(Box):
    """Specifications that a file (`ftyp`) or a segment (`styp`) follows. ISO/IEC 14496-12 4.3 and 8.16.2."""

    type: str = "ftyp"
    major_brand: Annotated[str, FourCC()]
    minor_version: U32 = 0
    compatible_brands: Annotated[tuple[str, ...], FourCCs()] = ()

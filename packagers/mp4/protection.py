"""Common encryption: which scheme and key protect a track, and how each sample of it."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.bits import Values
from packagers.mp4.box import Box, FullBox
from packagers.mp4.counted import Counted, Sized
from packagers.mp4.fields import U8, U32, If, IfFlag, Raw, Rest, Uint
from packagers.mp4.table import Column, Rows, Table
from packagers.mp4.text import FourCC, Text

INFO_SIZES = Rows(Column("sample_info_size", "u1"), count_field="sample_count")
INFO_OFFSETS = Rows(Column("offset", "u4", later="u8"))

SUBSAMPLES = 0x2
"""`senc` flag: entries have subsamples."""


def has_constant_iv(box: Values) -> bool:
    return box["is_protected"] == 1 and not box["per_sample_iv_size"]


@dataclass(frozen=True, kw_only=True)
class OriginalFormat(Box):
    """Type of the sample entry before protection. ISO/IEC 14496-12 8.12.3."""

    type: str = "frma"
    data_format: Annotated[str, FourCC()]


@dataclass(frozen=True, kw_only=True)
class SchemeType(FullBox):
    """Protection scheme, and its version as major and minor halves. ISO/IEC 14496-12 8.12.6."""

    type: str = "schm"
    scheme_type: Annotated[str, FourCC()]
    scheme_version: U32 = 0x10000
    scheme_uri: Annotated[str | None, IfFlag(0x1, Text())] = None


@dataclass(frozen=True, kw_only=True)
class TrackEncryption(FullBox):
    """Defaults of a track's samples. ISO/IEC 23001-7 8.2. A pattern, in blocks, takes version 1."""

    type: str = "tenc"
    reserved: U8 = 0
    crypt_byte_block: Annotated[int, Uint(4)] = 0
    skip_byte_block: Annotated[int, Uint(4)] = 0
    is_protected: U8 = 1
    per_sample_iv_size: U8
    kid: Annotated[bytes, Raw(16)]
    constant_iv: Annotated[bytes | None, If(has_constant_iv, Sized(8))] = None


@dataclass(frozen=True, kw_only=True)
class SampleEncryption(FullBox):
    """IV and subsamples of each sample. ISO/IEC 23001-7 7.2. Only `tenc` tells how long the IVs are."""

    type: str = "senc"
    sample_count: U32
    entries: Rest = b""


@dataclass(frozen=True, kw_only=True)
class SampleAuxiliarySizes(FullBox):
    """Bytes that each sample has in `senc`, or that all have. ISO/IEC 14496-12 8.7.8.

    `info_type` is type and parameter of the information; without them it is the protection scheme's.
    """

    type: str = "saiz"
    info_type: Annotated[bytes | None, IfFlag(0x1, Raw(8))] = None
    default_sample_info_size: U8 = 0
    sample_count: U32
    sizes: Annotated[Table | None, If(lambda box: not box["default_sample_info_size"], INFO_SIZES)] = None


@dataclass(frozen=True, kw_only=True)
class SampleAuxiliaryOffsets(FullBox):
    """Where the entries of `senc` start, counted as `tfhd` says. ISO/IEC 14496-12 8.7.9."""

    type: str = "saio"
    info_type: Annotated[bytes | None, IfFlag(0x1, Raw(8))] = None
    offsets: Annotated[Table, INFO_OFFSETS] = INFO_OFFSETS.empty


@dataclass(frozen=True, kw_only=True)
class ProtectionSystemHeader(FullBox):
    """What one DRM system needs to get the keys; KIDs from version 1 on. ISO/IEC 23001-7 8.1."""

    type: str = "pssh"
    system_id: Annotated[bytes, Raw(16)]
    kids: Annotated[tuple[bytes, ...] | None, If(lambda box: box["version"] > 0, Counted(32, Raw(16)))] = None
    data: Annotated[bytes, Sized(32)] = b""

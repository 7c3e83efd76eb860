"""Edit lists: which part of the media is presented, and when."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import FullBox
from packagers.mp4.table import Column, Rows, Table

EDITS = Rows(
    Column("segment_duration", "u4", later="u8"),
    Column("media_time", "i4", later="i8"),
    Column("media_rate", "i2"),
    Column("media_rate_fraction", "i2"),
)


@dataclass(frozen=True, kw_only=True)
class EditList(FullBox):
    """Edits in order; a `media_time` of -1 is an empty one. ISO/IEC 14496-12 8.6.6."""

    type: str = "elst"
    entries: Annotated[Table, EDITS] = EDITS.empty

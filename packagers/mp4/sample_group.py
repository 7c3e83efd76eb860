"""Sample groups: what several samples of a track have in common."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import FullBox
from packagers.mp4.fields import U8, U32, If, Rest, Uint
from packagers.mp4.table import Column, Rows, Table
from packagers.mp4.text import FourCC

GROUPS = Rows(Column("sample_count", "u4"), Column("group_description_index", "u4"))

IN_FRAGMENT = 0x10000
"""Added to the index of a description that is in the fragment itself (ISO/IEC 14496-12 8.9.4)."""


@dataclass(frozen=True, kw_only=True)
class SampleGroupDescription(FullBox):
    """Descriptions of groups, each of `default_length` bytes unless that is 0. ISO/IEC 14496-12 8.9.3."""

    type: str = "sgpd"
    version: U8 = 1
    grouping_type: Annotated[str, FourCC()]
    default_length: Annotated[int | None, If(lambda box: box["version"] == 1, Uint(32))] = None
    default_description_index: Annotated[int | None, If(lambda box: box["version"] > 1, Uint(32))] = None
    description_count: U32 = 1
    descriptions: Rest


@dataclass(frozen=True, kw_only=True)
class SampleToGroup(FullBox):
    """Which samples belong to which description, as runs; 0 is none. ISO/IEC 14496-12 8.9.2."""

    type: str = "sbgp"
    grouping_type: Annotated[str, FourCC()]
    grouping_type_parameter: Annotated[int | None, If(lambda box: box["version"] == 1, Uint(32))] = None
    groups: Annotated[Table, GROUPS] = GROUPS.empty

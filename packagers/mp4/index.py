"""Indexes of fragments."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import FullBox
from packagers.mp4.fields import U16, U32, UintByVersion
from packagers.mp4.table import Column, Rows, Table

REFERENCES = Rows(Column("type_and_size", "u4"), Column("duration", "u4"), Column("sap", "u4"), count_bits=16)


@dataclass(frozen=True, kw_only=True)
class SegmentIndex(FullBox):
    """Sizes and durations of the subsegments that follow. ISO/IEC 14496-12 8.16.3.

    Of a reference, the top bit of `type_and_size` is 1 for another index and 0 for media; `sap` packs
    starts_with_SAP (1 bit), SAP_type (3) and SAP_delta_time (28).
    """

    type: str = "sidx"
    reference_id: U32
    timescale: U32
    earliest_presentation_time: UintByVersion
    first_offset: UintByVersion = 0
    reserved: U16 = 0
    references: Annotated[Table, REFERENCES] = REFERENCES.empty


@dataclass(frozen=True, kw_only=True)
class MovieFragmentRandomAccessOffset(FullBox):
    """Size of the `mfra` that this box ends. ISO/IEC 14496-12 8.8.11."""

    type: str = "mfro"
    parent_size: U32

"""Movie fragments: `moof` and what is in it."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import FullBox
from packagers.mp4.fields import U8, U32, IfFlag, Int, Uint, UintByVersion
from packagers.mp4.table import Column, Rows, Table

SAMPLES = Rows(
    Column("sample_duration", "u4", flag=0x100),
    Column("sample_size", "u4", flag=0x200),
    Column("sample_flags", "u4", flag=0x400),
    Column("sample_composition_time_offset", "u4", later="i4", flag=0x800),
    count_field="sample_count",
)

DEFAULT_BASE_IS_MOOF = 0x20000
"""`tfhd` flag: data offsets count from the first byte of the `moof`."""

# Sample flags (ISO/IEC 14496-12 8.8.3.1): sample_depends_on in bits 24 and 25, sample_is_non_sync_sample.
SYNC = 0x02000000
NON_SYNC_BIT = 0x00010000
NON_SYNC = 0x01000000 | NON_SYNC_BIT


@dataclass(frozen=True, kw_only=True)
class MovieFragmentHeader(FullBox):
    """Number of the fragment. ISO/IEC 14496-12 8.8.5."""

    type: str = "mfhd"
    sequence_number: U32


@dataclass(frozen=True, kw_only=True)
class TrackFragmentHeader(FullBox):
    """Defaults of this fragment's samples, over those of `trex`. ISO/IEC 14496-12 8.8.7."""

    type: str = "tfhd"
    track_id: U32
    base_data_offset: Annotated[int | None, IfFlag(0x1, Uint(64))] = None
    sample_description_index: Annotated[int | None, IfFlag(0x2, Uint(32))] = None
    default_sample_duration: Annotated[int | None, IfFlag(0x8, Uint(32))] = None
    default_sample_size: Annotated[int | None, IfFlag(0x10, Uint(32))] = None
    default_sample_flags: Annotated[int | None, IfFlag(0x20, Uint(32))] = None


@dataclass(frozen=True, kw_only=True)
class TrackFragmentDecodeTime(FullBox):
    """Decode time of the fragment's first sample. ISO/IEC 14496-12 8.8.12."""

    type: str = "tfdt"
    version: U8 = 1
    base_media_decode_time: UintByVersion


@dataclass(frozen=True, kw_only=True)
class TrackRun(FullBox):
    """Samples whose data are contiguous; signed composition offsets in version 1. ISO/IEC 14496-12 8.8.8."""

    type: str = "trun"
    sample_count: U32
    data_offset: Annotated[int | None, IfFlag(0x1, Int(32))] = None
    first_sample_flags: Annotated[int | None, IfFlag(0x4, Uint(32))] = None
    samples: Annotated[Table, SAMPLES] = SAMPLES.empty

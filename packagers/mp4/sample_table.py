"""Where samples are and when, in a file that is not fragmented; empty tables in one that is."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import Entries, FullBox
from packagers.mp4.fields import U32, If
from packagers.mp4.table import Column, Rows, Table

TIMES = Rows(Column("sample_count", "u4"), Column("sample_delta", "u4"))
OFFSETS = Rows(Column("sample_count", "u4"), Column("sample_offset", "u4", later="i4"))
CHUNKS = Rows(
    Column("first_chunk", "u4"), Column("samples_per_chunk", "u4"), Column("sample_description_index", "u4")
)
SIZES = Rows(Column("entry_size", "u4"), count_field="sample_count")
PLACES = Rows(Column("chunk_offset", "u4"))
LARGE_PLACES = Rows(Column("chunk_offset", "u8"))
SYNCS = Rows(Column("sample_number", "u4"))


@dataclass(frozen=True, kw_only=True)
class SampleDescription(Entries):
    """Sample entries: the decoder configurations. ISO/IEC 14496-12 8.5.2."""

    type: str = "stsd"


@dataclass(frozen=True, kw_only=True)
class TimeToSample(FullBox):
    """Durations, as runs. ISO/IEC 14496-12 8.6.1.2."""

    type: str = "stts"
    entries: Annotated[Table, TIMES] = TIMES.empty


@dataclass(frozen=True, kw_only=True)
class CompositionOffset(FullBox):
    """Composition less decode time, as runs; signed in version 1. ISO/IEC 14496-12 8.6.1.3."""

    type: str = "ctts"
    entries: Annotated[Table, OFFSETS] = OFFSETS.empty


@dataclass(frozen=True, kw_only=True)
class SampleToChunk(FullBox):
    """Samples in each chunk, as runs. ISO/IEC 14496-12 8.7.4."""

    type: str = "stsc"
    entries: Annotated[Table, CHUNKS] = CHUNKS.empty


@dataclass(frozen=True, kw_only=True)
class SampleSize(FullBox):
    """Bytes of each sample, or of all when `sample_size` is not 0. ISO/IEC 14496-12 8.7.3.2."""

    type: str = "stsz"
    sample_size: U32 = 0
    sample_count: U32 = 0
    entries: Annotated[Table | None, If(lambda box: not box["sample_size"], SIZES)] = SIZES.empty


@dataclass(frozen=True, kw_only=True)
class ChunkOffset(FullBox):
    """Where chunks start in the file. ISO/IEC 14496-12 8.7.5."""

    type: str = "stco"
    entries: Annotated[Table, PLACES] = PLACES.empty


@dataclass(frozen=True, kw_only=True)
class ChunkLargeOffset(FullBox):
    """The same in 64 bits. ISO/IEC 14496-12 8.7.5."""

    type: str = "co64"
    entries: Annotated[Table, LARGE_PLACES] = LARGE_PLACES.empty


@dataclass(frozen=True, kw_only=True)
class SyncSample(FullBox):
    """Samples where decoding can start; without this box, all of them. ISO/IEC 14496-12 8.6.2."""

    type: str = "stss"
    entries: Annotated[Table, SYNCS] = SYNCS.empty

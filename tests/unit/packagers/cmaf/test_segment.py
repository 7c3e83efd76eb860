"""Fragments know the sizes of what they write, and segments are measured as written."""

import pytest

from packagers.cmaf import FragmentedSegment
from packagers.cmaf.fragment import Fragment
from packagers.mp4.box import Parent
from packagers.mp4.fragment import SAMPLES, SYNC, TrackRun
from packagers.mp4.parse import parse
from packagers.mp4.protection import SampleEncryption
from packagers.mp4.table import Table
from packagers.presentation import Segment, SyncPoint

PLAIN = SAMPLES.table(version=1, sample_size=[3, 4])
RICH = SAMPLES.table(
    version=1, sample_size=[3, 4], sample_duration=[5, 6], sample_composition_time_offset=[7, -8]
)
SENC = SampleEncryption(sample_count=2).to_bytes()


@pytest.mark.parametrize("samples", [PLAIN, RICH], ids=["sizes", "all columns"])
@pytest.mark.parametrize("flags", [None, SYNC])
@pytest.mark.parametrize("protection", [b"", SENC], ids=["clear", "protected"])
def test_sizes_and_offset_of_the_boxes(samples: Table, flags: int | None, protection: bytes) -> None:
    fragment = Fragment(1, 1000, 10, SYNC, samples, flags, protection=protection)
    moof, mdat = parse(fragment.boxes() + b"abcdefg")
    assert isinstance(moof, Parent)
    assert (moof.size, mdat.size) == (fragment.bare_size + len(protection), 8 + 7)
    assert moof.one("traf/trun", TrackRun).data_offset == moof.size + 8


def test_decode_times() -> None:
    assert Fragment(1, 1000, 10, SYNC, PLAIN).decode_times.tolist() == [1000, 1010]
    assert Fragment(1, 1000, 10, SYNC, RICH).decode_times.tolist() == [1000, 1005]


def test_a_segment_is_measured_as_written() -> None:
    fragments = (Fragment(1, 0, 10, SYNC, PLAIN), Fragment(2, 20, 10, SYNC, PLAIN))
    segment = FragmentedSegment(fragments, memoryview(b"abcdefgABCDEFG"), 40, sync_points=True)
    data, head = segment.to_bytes(), len(fragments[0].boxes())
    assert segment.info == Segment(
        40, len(data), (SyncPoint(24, head + 3, 20), SyncPoint(31 + head, head + 3, 20))
    )
    assert data[24 + head :][:7] + data[-7:] == b"abcdefgABCDEFG"

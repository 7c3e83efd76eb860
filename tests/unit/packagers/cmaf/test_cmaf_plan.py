from fractions import Fraction
from typing import Any

import pytest

from packagers.cmaf import CmafError, VideoPlan

PLAN: dict[str, Any] = {
    "frame_rate": Fraction(24000, 1001),
    "timescale": 24000,
    "total_frames": 100,
    "idr_frames": (0, 24, 48, 72, 96),
    "segment_starts": (0, 48, 96),
    "chunk_starts": (0, 96),
}


def test_a_frame_is_a_whole_number_of_ticks() -> None:
    assert VideoPlan(**PLAN).frame_ticks == 1001
    assert VideoPlan(**PLAN).duration == 100100
    assert VideoPlan(**{**PLAN, "timescale": 48000}).frame_ticks == 2002
    assert VideoPlan(**{**PLAN, "frame_rate": Fraction(60), "timescale": 60000}).frame_ticks == 1000


def test_chunks_segments_and_gops_nest() -> None:
    plan = VideoPlan(**PLAN)
    assert plan.chunks == [range(96), range(96, 100)]
    assert plan.segments_in(range(96)) == [range(48), range(48, 96)]
    assert plan.gops_in(range(48, 96)) == [range(48, 72), range(72, 96)]
    assert plan.gops_in(range(96, 100)) == [range(96, 100)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timescale": 25000}, "timescale 25000 does not divide frames of 1/24000/1001 s"),
        ({"idr_frames": (24, 48)}, r"boundaries must rise from 0 to below 100: \(24, 48\)"),
        ({"idr_frames": ()}, r"boundaries must rise from 0 to below 100: \(\)"),
        ({"segment_starts": (0, 96, 48)}, r"boundaries must rise .*: \(0, 96, 48\)"),
        ({"chunk_starts": (0, 100)}, r"boundaries must rise .*: \(0, 100\)"),
        ({"segment_starts": (0, 50, 96)}, "segments where IDR frames are"),
        ({"chunk_starts": (0, 24)}, "chunks must start where segments do"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CmafError, match=message):
        VideoPlan(**{**PLAN, **change})

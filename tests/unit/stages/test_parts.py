"""Parts that are verified apart cover a title once."""

from fractions import Fraction

import pytest

from ladders.grid import uniform
from pipeline.stages.parts import Part, parts_of


def test_a_short_title_is_one_part() -> None:
    """48 s at 25 frames/s: 12 segments of 4 s, of which 6 are a chunk."""
    assert parts_of(uniform(Fraction(25), 1200)) == (Part(0, 1200, 0, 12),)


def test_a_long_title_has_parts_of_five_chunks() -> None:
    """Chunks of 24 s: a part is two minutes, the last of seven chunks is shorter."""
    assert parts_of(uniform(Fraction(25), 25 * 160)) == (Part(0, 3000, 0, 30), Part(3000, 4000, 30, 40))


@pytest.mark.parametrize("frames", [1, 95, 96, 14_385, 172_801])
def test_no_frame_and_no_segment_is_left_out_or_twice(frames: int) -> None:
    grid = uniform(Fraction(24000, 1001), frames)
    parts = parts_of(grid)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert [part.first for part in parts[1:]] == [part.last for part in parts[:-1]]
    assert (parts[0].start, parts[0].first) == (0, 0)
    assert (parts[-1].end, parts[-1].last) == (frames, len(grid.segments))
    assert [grid.segments[part.first] for part in parts] == [part.start for part in parts]

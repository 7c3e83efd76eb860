"""Parts that are packaged and verified apart cover a title once."""

from fractions import Fraction

import pytest

from ladders.grid import divided
from pipeline.stages.parts import Part, parts_at, parts_of
from tests.unit.stages.plans import TICKS, audio_stream, pictures, plan_of, sound, video_stream


def test_a_short_title_is_one_part() -> None:
    """36 s at 25 frames/s: 9 segments of 4 s, of which two are a chunk, or one."""
    assert parts_of(divided(Fraction(25), 900)) == (Part(0, 900, 0, 9, range(5)),)


def test_a_long_title_has_parts_of_five_chunks() -> None:
    """Of 160 s, five chunks of 24 s and five shorter ones."""
    grid = divided(Fraction(25), 25 * 160)
    assert grid.chunks == (0, 600, 1200, 1800, 2400, 3000, 3300, 3500, 3700, 3900)
    assert parts_of(grid) == (Part(0, 3000, 0, 30, range(5)), Part(3000, 4000, 30, 40, range(5, 10)))


def test_sound_is_one_part_of_one_encode() -> None:
    length = 160 * TICKS
    plan = plan_of(
        pictures(25 * 160), sound(1, 0, length), video=video_stream(), audio=[audio_stream(1, "en")]
    )
    assert parts_at(plan, "audio/aac128-en") == (Part(0, 4000, 0, 40, range(1)),)
    assert parts_at(plan, "video/h264-720") == parts_of(plan.grid)


@pytest.mark.parametrize("frames", [1, 95, 96, 14_385, 172_801])
def test_no_frame_and_no_segment_is_left_out_or_twice(frames: int) -> None:
    grid = divided(Fraction(24000, 1001), frames)
    parts = parts_of(grid)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert [part.first for part in parts[1:]] == [part.last for part in parts[:-1]]
    assert (parts[0].start, parts[0].first) == (0, 0)
    assert (parts[-1].end, parts[-1].last) == (frames, len(grid.segments))
    assert [grid.segments[part.first] for part in parts] == [part.start for part in parts]
    assert [chunk for part in parts for chunk in part.chunks] == list(range(len(grid.chunks)))
    assert [grid.chunks[part.chunks.start] for part in parts] == [part.start for part in parts]

"""Boundaries of GOPs, segments and chunks as frame numbers."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladders.grid import Grid, GridError, divided, video_timescale
from ladders.rates import STANDARD_RATES

NTSC_FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("rate", "gop", "segment", "chunk"),
    [
        (NTSC_FILM, 48, 96, 576),
        (Fraction(25), 50, 100, 600),
        (NTSC, 60, 120, 720),
        (Fraction(60), 120, 240, 1440),
    ],
)
def test_five_minutes_have_whole_frames_everywhere(
    rate: Fraction, gop: int, segment: int, chunk: int
) -> None:
    grid = divided(rate, 12 * chunk + segment + 1)
    assert grid.idr[:3] == (0, gop, 2 * gop)
    assert grid.segments[:3] == (0, segment, 2 * segment)
    assert grid.chunks[:3] == (0, chunk, 2 * chunk)


def test_a_film_segment_lasts_four_seconds_and_four_milliseconds() -> None:
    assert divided(NTSC_FILM, 192).segment_times == (0, Fraction("4.004"))
    assert divided(NTSC_FILM, 192).duration == Fraction("8.008")


@pytest.mark.parametrize(
    ("seconds", "chunks"),
    [
        (24, [24]),
        (25, [8, 8, 9]),
        (31, [8, 8, 8, 7]),
        (48, [12, 12, 12, 8, 4]),
        (90, [20, 20, 20, 16, 8, 6]),
        (120, [24, 24, 24, 24, 12, 8, 4]),
        (300, [24, 24, 24, 24, 24, 24, 24, 24, 20, 16, 12, 12, 8, 8, 8, 8, 8, 4, 4]),
    ],
)
def test_chunks_become_shorter_towards_the_end_and_none_is_short(seconds: int, chunks: list[int]) -> None:
    assert [span.frames / 25 for span in divided(Fraction(25), 25 * seconds).spans()] == chunks


def test_two_hours_have_483_chunks_instead_of_300() -> None:
    lengths = [span.frames // 24 for span in divided(Fraction(24), 24 * 7200).spans()]
    assert Counter(lengths) == {24: 181, 20: 23, 16: 30, 12: 40, 8: 150, 4: 59}
    assert sorted(lengths[:-1], reverse=True) == lengths[:-1]


def test_one_frame_is_a_title() -> None:
    grid = divided(Fraction(24), 1)
    assert (grid.idr, grid.segments, grid.chunks) == ((0,), (0,), (0,))
    assert [(span.start, span.end, span.idr) for span in grid.spans()] == [(0, 1, (0,))]


def test_spans_carry_their_own_idr_frames() -> None:
    first, second, third = divided(Fraction(25), 630).spans()
    assert (first.start, first.end, first.frames) == (0, 200, 200)
    assert first.idr == (0, 50, 100, 150)
    assert second.idr == (200, 250, 300, 350)
    assert (third.start, third.end, third.idr) == (400, 630, (400, 450, 500, 550, 600))


@given(st.sampled_from(STANDARD_RATES), st.integers(1, 100_000))
def test_spans_cover_every_frame_and_key_frame_once(rate: Fraction, frames: int) -> None:
    grid = divided(rate, frames)
    spans = list(grid.spans())
    assert [spans[0].start, *(span.end for span in spans)] == [*grid.chunks, frames]
    assert all(before.end == after.start for before, after in pairwise(spans))
    assert tuple(frame for span in spans for frame in span.idr) == grid.idr
    assert all(span.idr[0] == span.start for span in spans)
    longest, least, segment = (round(2 * rate) * gops for gops in (12, 4, 2))
    assert all(span.frames <= longest for span in spans[:-1])
    assert spans[-1].frames < longest + segment
    assert all(span.frames >= least for span in spans[:-1] if span.start < frames - frames // 30)
    assert all(span.frames >= min(segment, frames) for span in spans)
    assert sorted((span.frames for span in spans[:-1]), reverse=True) == [span.frames for span in spans[:-1]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": Fraction(0)}, "positive rate"),
        ({"frames": 0}, "at least one frame"),
        ({"idr": ()}, "idr must ascend from 0"),
        ({"idr": (1, 2)}, "idr must ascend from 0"),
        ({"idr": (0, 4, 4, 8)}, "idr must ascend from 0"),
        ({"idr": (0, 4, 8, 12)}, "idr must end before frame 12"),
        ({"segments": (0, 3)}, "segments on IDR frames"),
        ({"chunks": (0, 4)}, "chunks must start on segments"),
    ],
)
def test_boundaries_that_contradict_each_other_are_refused(change: dict[str, object], message: str) -> None:
    whole = {
        "rate": Fraction(2), "frames": 12, "idr": (0, 4, 8), "segments": (0, 8), "chunks": (0,),
    }  # fmt: skip
    with pytest.raises(GridError, match=message):
        Grid(**{**whole, **change})


@pytest.mark.parametrize(
    ("rate", "timescale"),
    [(NTSC_FILM, 24_000), (NTSC, 30_000), (Fraction(60000, 1001), 60_000), (Fraction(25), 25_000)],
)
def test_a_frame_is_a_whole_number_of_ticks(rate: Fraction, timescale: int) -> None:
    assert video_timescale(rate) == timescale
    assert (timescale / rate).denominator == 1

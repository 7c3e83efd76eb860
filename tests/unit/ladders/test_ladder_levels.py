"""Levels from table A-1 of H.264 and annex A.3 of AV1."""

from fractions import Fraction

import pytest

from ladders.levels import lowest_level
from ladders.model import Codec, LadderError

MBIT = 1_000_000


@pytest.mark.parametrize(
    ("size", "rate", "maxrate", "level"),
    [
        ((128, 96), 30, 64_000, "1.0"),
        ((176, 144), 30, 128_000, "1.1"),
        ((320, 240), 20, 384_000, "1.2"),
        ((352, 288), 30, 768_000, "1.3"),
        ((352, 288), 30, 1 * MBIT, "2.0"),
        ((720, 480), 30, 4 * MBIT, "3.0"),
        ((720, 576), 25, 4 * MBIT, "3.0"),
        ((1280, 720), 30, 4 * MBIT, "3.1"),
        ((1280, 720), 60, 4 * MBIT, "3.2"),
        ((1920, 1080), 30, 6 * MBIT, "4.0"),
        ((1920, 1080), 30, 26 * MBIT, "4.1"),
        ((1920, 1080), 60, 6 * MBIT, "4.2"),
        ((1080, 1920), 30, 6 * MBIT, "4.0"),
        ((2560, 1440), 30, 12 * MBIT, "5.0"),
        ((3840, 2160), 30, 20 * MBIT, "5.1"),
        ((3840, 2160), 60, 20 * MBIT, "5.2"),
    ],
)
def test_h264(size: tuple[int, int], rate: int, maxrate: int, level: str) -> None:
    assert lowest_level("h264", *size, Fraction(rate), maxrate=maxrate, bufsize=maxrate) == level


def test_high_profile_admits_a_quarter_more_than_the_table_s_bit_rate() -> None:
    def level(maxrate: int) -> str:
        return lowest_level("h264", 1920, 1080, Fraction(25), maxrate=maxrate, bufsize=maxrate)

    assert (level(25 * MBIT), level(25 * MBIT + 1)) == ("4.0", "4.1")


def test_a_buffer_larger_than_a_level_s_needs_the_next() -> None:
    """MaxCPB of level 4 is 25 Mbit in Main, 31.25 Mbit in High."""

    def level(bufsize: int) -> str:
        return lowest_level("h264", 1920, 1080, Fraction(25), maxrate=20 * MBIT, bufsize=bufsize)

    assert (level(31_250_000), level(31_250_001)) == ("4.0", "4.1")


def test_a_long_strip_needs_the_level_whose_sides_reach() -> None:
    """1920x64 is 480 macroblocks, but no side may exceed the root of eight frame sizes: 120 of them."""
    assert lowest_level("h264", 1920, 64, Fraction(25), maxrate=MBIT, bufsize=MBIT) == "3.1"


@pytest.mark.parametrize(
    ("size", "rate", "maxrate", "level"),
    [
        ((426, 240), 30, 1 * MBIT, "2.0"),
        ((640, 360), 30, 1 * MBIT, "2.1"),
        ((854, 480), 30, 2 * MBIT, "3.0"),
        ((1280, 720), 30, 3 * MBIT, "3.1"),
        ((1920, 1080), 30, 6 * MBIT, "4.0"),
        ((1920, 1080), 60, 6 * MBIT, "4.1"),
        ((1920, 1080), 30, 15 * MBIT, "4.1"),
        ((3840, 2160), 30, 20 * MBIT, "5.0"),
        ((3840, 2160), 60, 20 * MBIT, "5.1"),
        ((640, 1600), 15, 1 * MBIT, "3.1"),
        ((100, 1200), 10, 1 * MBIT, "2.1"),
    ],
)
def test_av1(size: tuple[int, int], rate: int, maxrate: int, level: str) -> None:
    assert lowest_level("av1", *size, Fraction(rate), maxrate=maxrate, bufsize=maxrate) == level


@pytest.mark.parametrize("codec", ["h264", "av1"])
def test_what_no_level_admits_is_refused(codec: Codec) -> None:
    with pytest.raises(LadderError, match=f"no {codec} level admits 16384x8640 at 60.000 frames/s"):
        lowest_level(codec, 16384, 8640, Fraction(60), maxrate=MBIT, bufsize=MBIT)

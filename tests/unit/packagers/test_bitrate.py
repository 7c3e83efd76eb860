from fractions import Fraction

import pytest

from packagers import bitrate
from packagers.presentation import Segment


def pieces(*pairs: tuple[int, int]) -> list[Segment]:
    return [Segment(duration, size) for duration, size in pairs]


def test_average_is_rounded_up() -> None:
    assert bitrate.average(pieces((4, 1000), (4, 1000), (4, 1001)), timescale=1) == 2001


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param(((4, 1000), (4, 3000), (4, 1000)), 6000, id="one segment is a run"),
        pytest.param(((4, 400), (2, 100), (2, 1000), (2, 800)), 4000, id="half a target is a run"),
        pytest.param(((4, 400), (1, 1000)), 2240, id="less than half only counts with its neighbour"),
        pytest.param(((2, 100), (2, 900), (2, 900), (2, 100)), 3600, id="the densest of several"),
        pytest.param(((5, 100), (1, 1000), (4, 100)), 1760, id="whole title"),
        # Two of 1000 bytes make 2400 b/s, but over 7 s; over 6 s there is one of them.
        pytest.param(
            ((1, 1000), (5, 100), (1, 1000), (5, 10), (5, 10)),
            1467,
            id="one and a half targets are the limit",
        ),
    ],
)
def test_peak_of_runs_between_half_and_one_and_a_half_targets(
    sizes: tuple[tuple[int, int], ...], expected: int
) -> None:
    assert bitrate.peak(pieces(*sizes), timescale=1, target_duration=4) == expected


def test_peak_of_a_title_shorter_than_half_a_target_is_its_average() -> None:
    assert bitrate.peak(pieces((1, 100)), timescale=1, target_duration=4) == 800


def test_peak_is_not_below_the_average_when_the_last_segment_lies_in_no_run() -> None:
    # 1.9 s is too short alone, and with the 4.4 s before it too long.
    assert bitrate.peak(pieces((44, 100), (19, 1000)), timescale=10, target_duration=4) == 1397


@pytest.mark.parametrize(
    ("sizes", "seconds"),
    [
        pytest.param(((4, 4), (4, 4), (4, 4)), 4, id="constant: the first must be there"),
        pytest.param(((4, 4), (4, 8), (4, 2)), 8, id="one twice as large"),
        pytest.param(((4, 6), (4, 6), (4, 6)), 10, id="each late by two seconds more"),
        pytest.param(((4, 1), (4, 1), (4, 6)), 6, id="who starts at the last gains nothing from the first"),
    ],
)
def test_start_buffer(sizes: tuple[tuple[int, int], ...], seconds: int) -> None:
    assert bitrate.start_buffer(pieces(*sizes), timescale=1, bandwidth=8) == Fraction(seconds)

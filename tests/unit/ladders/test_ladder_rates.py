"""Which constant rate a title is encoded at."""

from fractions import Fraction

import pytest

from ladders.rates import output_rate

MILLISECOND = Fraction(1, 1000)
MPEG_TS = Fraction(1, 90_000)


def steady(rate: Fraction, time_base: Fraction, frames: int = 600) -> list[int]:
    """Timestamps as a container rounds them."""
    return [round(n / rate / time_base) for n in range(frames)]


RATES = [
    ("24000/1001", "24000/1001"),
    ("24", "24"),
    ("25", "25"),
    ("30000/1001", "30000/1001"),
    ("30", "30"),
    ("48", "48"),
    ("50", "50"),
    ("60000/1001", "60000/1001"),
    ("60", "60"),
    # Slower than film: every frame shown equally long.
    ("1", "24"),
    ("5", "25"),
    ("10", "30"),
    ("12", "24"),
    ("25/2", "25"),
    ("15", "30"),
    ("20", "60"),
    # Faster than any display: every second, third or fourth frame.
    ("75", "25"),
    ("90", "30"),
    ("100", "50"),
    ("120", "60"),
    ("240", "60"),
    ("61", "60"),
    # Between two standard rates: the slowest that shows every frame.
    ("18", "24000/1001"),
    ("33", "48"),
]


@pytest.mark.parametrize("time_base", [MPEG_TS, MILLISECOND], ids=["90kHz", "ms"])
@pytest.mark.parametrize(("measured", "encoded"), RATES)
def test_steady_sources(measured: str, encoded: str, time_base: Fraction) -> None:
    assert output_rate(steady(Fraction(measured), time_base), time_base) == Fraction(encoded)


def test_thirty_point_006_is_thirty() -> None:
    assert output_rate([n * 767_849 for n in range(500)], Fraction(1, 23_040_000)) == 30


def test_a_phone_s_jitter_of_three_milliseconds_loses_nothing() -> None:
    jitter = (0, 3, -2, 1, -3, 2, 0)
    ticks = [round(n * 1000 / 30) + jitter[n % 7] for n in range(900)]
    assert output_rate(ticks, MILLISECOND) == 30


def test_bursts_of_a_screen_recording_go_to_sixty() -> None:
    bursts = [second * 1000 + n * 1000 // 60 for second in range(0, 60, 5) for n in range(60)]
    assert output_rate(bursts, MILLISECOND) == 60


def test_a_variable_rate_goes_to_the_slowest_that_shows_all_of_it() -> None:
    """Film with some scenes at 40 frames/s."""
    ticks = [n * 42 for n in range(400)] + [400 * 42 + n * 25 for n in range(400)]
    assert output_rate(ticks, MILLISECOND) == 48


@pytest.mark.parametrize("rate", [24, 25, 30, 50])
@pytest.mark.parametrize("pause", [0.5, 1, 2])
def test_a_pause_does_not_change_the_rate(rate: int, pause: float) -> None:
    """The average over a pause may be a half or a third of a standard rate, which says nothing."""
    resumed = 3000 + round(6000 * pause)
    ticks = [*range(3000), *range(resumed, resumed + 3000)]
    assert output_rate(ticks, Fraction(1, rate)) == rate


@pytest.mark.parametrize("lost", [5, 100, 200, 2000])
def test_lost_frames_do_not_change_the_rate(lost: int) -> None:
    ticks = [n for n in range(6000) if n % lost]
    assert output_rate(ticks, Fraction(1, 30)) == 30


@pytest.mark.parametrize("ticks", [[0], [7], [5, 5]])
def test_a_still_picture_is_shown_at_film_rate(ticks: list[int]) -> None:
    assert output_rate(ticks, MPEG_TS) == 24

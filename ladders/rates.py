"""The constant rate a title is encoded at, and which source frame it shows when."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

STANDARD_RATES = tuple(
    Fraction(text) for text in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60")
)
"""The rates that players, displays and broadcast chains agree on, slowest first."""

TOLERANCE = Fraction(1, 1000)
"""How far a measured rate may be from a standard one and still be it."""

MOTION_LOSS = Fraction(1, 100)
"""Share of source frames that may fall on an already taken output frame before a rate loses motion:
timestamps of cameras and of millisecond containers jitter by that much without a frame being lost."""

_FACTORS = range(1, 61)


def output_rate(ticks: Sequence[int], time_base: Fraction) -> Fraction:
    """The output rate for source frames shown at `ticks` (ascending, at least one) of `time_base` seconds."""
    if len(ticks) < 2 or ticks[0] == ticks[-1]:
        return Fraction(24)
    average = (len(ticks) - 1) / ((ticks[-1] - ticks[0]) * time_base)
    if average > STANDARD_RATES[-1]:
        return _standard_part(average) or STANDARD_RATES[-1]
    multiple = _standard_multiple(average)
    if multiple and _is_steady(ticks, time_base, multiple, repeats=round(multiple / average)):
        return multiple
    return _slowest_fitting(ticks, time_base)


def output_frames(ticks: Sequence[int], time_base: Fraction, rate: Fraction) -> list[int]:
    """The output frame from which each source frame is shown, the first being 0.

    The nearest frame, halves rounded up, as ffmpeg's `fps` filter does with `round=near`: the encode stage
    relies on both giving the same numbers.
    """
    scale = time_base * rate
    up, down = 2 * scale.numerator, 2 * scale.denominator
    return [((tick - ticks[0]) * up + scale.denominator) // down for tick in ticks]


def _standard_multiple(average: Fraction) -> Fraction | None:
    """The standard rate that shows every source frame equally long: repeating 12.5 frames/s twice is steady,
    stretching it to 24 judders."""
    return next(filter(None, (_standard(average * factor) for factor in _FACTORS)), None)


def _standard_part(average: Fraction) -> Fraction | None:
    """The standard rate that shows every second, third ... frame of a source faster than all of them."""
    return next(filter(None, (_standard(average / factor) for factor in _FACTORS)), None)


def _standard(measured: Fraction) -> Fraction | None:
    # 24000/1001 and 24 lie within 0.1 % of each other: the nearer one must win, not the first one.
    nearest = min(STANDARD_RATES, key=lambda rate: abs(rate - measured))
    return nearest if abs(measured - nearest) <= nearest * TOLERANCE else None


def _is_steady(ticks: Sequence[int], time_base: Fraction, rate: Fraction, *, repeats: int) -> bool:
    """Whether `rate` shows most source frames `repeats` times and loses none: where a recording pauses, its
    average rate says nothing of the frames in between."""
    shown = output_frames(ticks, time_base, rate)
    steps = Counter(later - earlier for earlier, later in pairwise(shown))
    return steps.most_common(1)[0][0] == repeats and _lost(shown) <= MOTION_LOSS


def _slowest_fitting(ticks: Sequence[int], time_base: Fraction) -> Fraction:
    """The slowest standard rate that loses no motion; of two as close as 29.97 and 30, the one that loses
    less."""
    lost = {rate: _lost(output_frames(ticks, time_base, rate)) for rate in STANDARD_RATES}
    slowest = next((rate for rate in STANDARD_RATES if lost[rate] <= MOTION_LOSS), STANDARD_RATES[-1])
    close = (rate for rate in STANDARD_RATES if slowest <= rate <= slowest * (1 + TOLERANCE))
    return min(close, key=lost.__getitem__)


def _lost(shown: Sequence[int]) -> Fraction:
    """Share of source frames that another frame takes the place of."""
    return Fraction(len(shown) - len(set(shown)), len(shown))

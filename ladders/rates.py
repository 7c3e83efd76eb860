"""Which constant rate a title is encoded at (design, section 3)."""

from collections.abc import Sequence
from fractions import Fraction

STANDARD_RATES = tuple(
    Fraction(*parts)
    for parts in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
"""The rates that players, displays and broadcast chains agree on, slowest first."""

TOLERANCE = Fraction(1, 1000)
"""How far a measured rate may be from a standard one and still be it."""

MOTION_LOSS = Fraction(1, 100)
"""Share of source frames that may fall on an already taken output frame before a rate loses motion:
timestamps of cameras and of millisecond containers jitter by that much without a frame being lost."""

_MULTIPLES = range(1, 61)


def output_rate(times: Sequence[Fraction]) -> Fraction:
    """The output rate for source frames shown at `times` (seconds, ascending, at least one)."""
    if len(times) < 2:
        return STANDARD_RATES[1]
    average = (len(times) - 1) / (times[-1] - times[0])
    return _standard_multiple(average) or _slowest_lossless(times)


def _standard_multiple(average: Fraction) -> Fraction | None:
    """The standard rate that shows every source frame equally long (or every second, third ... frame of a
    source that is too fast): repeating 12.5 frames/s twice is steady, stretching it to 24 judders."""
    for factor in _MULTIPLES:
        for rate in STANDARD_RATES:
            if _near(average * factor, rate) or (
                average > STANDARD_RATES[-1] and _near(average / factor, rate)
            ):
                return rate
    return None


def _near(measured: Fraction, rate: Fraction) -> bool:
    # 24000/1001 and 24 lie within 0.1 % of each other: the nearer one must win, not the first one.
    nearest = min(STANDARD_RATES, key=lambda r: abs(r - measured))
    return nearest == rate and abs(measured - rate) <= rate * TOLERANCE


def _slowest_lossless(times: Sequence[Fraction]) -> Fraction:
    for rate in STANDARD_RATES:
        shown = {round((t - times[0]) * rate) for t in times}
        if len(times) - len(shown) <= MOTION_LOSS * len(times):
            return rate
    return STANDARD_RATES[-1]

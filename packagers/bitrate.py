"""The bit rates that manifests declare, measured over pieces of media as they were written.

A piece is a segment or, for trick play, the I-frame of a GOP: a `duration` in ticks and a `size` in bytes.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Protocol


class Piece(Protocol):
    @property
    def duration(self) -> int: ...

    @property
    def size(self) -> int: ...


def average(pieces: Sequence[Piece], timescale: int) -> int:
    """Bits per second over all pieces, rounded up (RFC 8216bis 4.1, average segment bit rate)."""
    return _rate(sum(p.size for p in pieces), sum(p.duration for p in pieces), timescale)


def peak(pieces: Sequence[Piece], timescale: int, target_duration: int) -> int:
    """Bits per second, rounded up: the largest rate of any run of pieces that lasts between half and
    one and a half target durations (RFC 8216bis 4.1, peak segment bit rate).

    Never less than the average: a title shorter than half a target duration has no such run, and a short last
    segment may lie in none.
    """
    ends = [0, *accumulate(p.duration for p in pieces)]
    sizes = [0, *accumulate(p.size for p in pieces)]
    target = target_duration * timescale
    highest = average(pieces, timescale)
    for first in range(len(pieces)):
        for last in range(first + 1, len(ends)):
            ticks = ends[last] - ends[first]
            if 2 * ticks > 3 * target:
                break
            if 2 * ticks >= target:
                highest = max(highest, _rate(sizes[last] - sizes[first], ticks, timescale))
    return highest


def start_buffer(pieces: Sequence[Piece], timescale: int, bandwidth: int) -> Fraction:
    """Seconds that a player receiving `bandwidth` must wait before it plays, from whichever piece it starts,
    so that each has arrived whole when its turn comes (DASH `@minBufferTime`, ISO/IEC 23009-1 5.3.1.2)."""
    longest = lag = Fraction(0)
    for piece in pieces:
        lag = max(lag, Fraction(0)) + Fraction(8 * piece.size, bandwidth)
        longest = max(longest, lag)
        lag -= Fraction(piece.duration, timescale)
    return longest


def _rate(size: int, ticks: int, timescale: int) -> int:
    return -(-8 * size * timescale // ticks)

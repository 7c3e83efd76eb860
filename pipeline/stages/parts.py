"""How a rendition is verified by several machines at once: in parts of whole chunks, each decoded by itself.

One step that decoded two hours of the largest picture would keep a cluster waiting for it longer than for all
encodes. Sound takes a moment and is decoded whole: its frames overlap where segments meet.
"""

from dataclasses import dataclass
from fractions import Fraction

from ladders.grid import Grid

CHUNKS = 5
"""About two minutes: a decoder's start, and reading the playlist, are little beside it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Output frames `start` to `end` (exclusive), which are segments `first` to `last` (exclusive).

    All are counted from 0.
    """

    start: int
    end: int
    first: int
    last: int

    def seconds(self, rate: Fraction) -> Fraction:
        return (self.end - self.start) / rate


def parts_of(grid: Grid) -> tuple[Part, ...]:
    """All parts in order: they cover every frame once."""
    starts = grid.chunks[::CHUNKS]
    return tuple(
        Part(start, end, _segments_before(grid, start), _segments_before(grid, end))
        for start, end in zip(starts, (*starts[1:], grid.frames), strict=True)
    )


def _segments_before(grid: Grid, frame: int) -> int:
    return sum(start < frame for start in grid.segments)

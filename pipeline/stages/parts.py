"""How a rendition is packaged and verified by several machines at once: in parts of whole chunks.

A part is packaged as soon as its chunks are encoded, and verified as soon as it is packaged, while later ones
are still encoded. One step that decoded two hours of the largest picture would keep a cluster waiting for it
longer than for all encodes. Sound takes a moment and is one part: its frames overlap where segments meet.
"""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

from ladders.grid import Grid
from pipeline.job import Plan

CHUNKS = 5
"""About two minutes: a decoder's start is little beside it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Output frames `start` to `end` (exclusive), which are segments `first` to `last` (exclusive), made of
    the encodes of `chunks`. All are counted from 0."""

    start: int
    end: int
    first: int
    last: int
    chunks: range

    def seconds(self, rate: Fraction) -> Fraction:
        return (self.end - self.start) / rate


def parts_of(grid: Grid) -> tuple[Part, ...]:
    """All parts of a rendition of pictures in order: they cover every frame once."""
    borders = (*grid.chunks, grid.frames)
    return tuple(_part(grid, borders, first) for first in range(0, len(grid.chunks), CHUNKS))


def parts_at(plan: Plan, rendition: str) -> tuple[Part, ...]:
    """All parts of the rendition in that folder."""
    grid = plan.grid
    if plan.sound_at(rendition):
        return (Part(0, grid.frames, 0, len(grid.segments), range(1)),)
    return parts_of(grid)


def _part(grid: Grid, borders: tuple[int, ...], first: int) -> Part:
    chunks = range(first, min(first + CHUNKS, len(grid.chunks)))
    start, end = borders[chunks.start], borders[chunks.stop]
    return Part(start, end, bisect_left(grid.segments, start), bisect_left(grid.segments, end), chunks)

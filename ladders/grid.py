"""Exact time: frame numbers at which GOPs, segments and chunks start, shared by all rungs of all codecs."""

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import msgspec

GOP_SECONDS = 2
SEGMENT_SECONDS = 4
CHUNK_SECONDS = 24
LEAST_CHUNK_SECONDS = 8
"""Starting an encoder costs as much as a quarter of a second of film."""

FEW = 5
"""Chunks, or nearly, that a title longer than one is divided into as long as they are no shorter than that:
two workers share five more fairly than two or three."""

TAPER, LAST = Fraction(2, 5), Fraction(1, 30)
"""Shares of a title, at its end, over which its chunks become shorter, and of which each segment is one."""


class GridError(ValueError):
    """Boundaries that contradict each other."""


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A title's boundaries in output frame numbers, each list ascending from 0.

    Every segment start is an IDR frame and every chunk start is a segment start, so that chunks can be
    encoded apart and segments cut apart. An audio-only title has a grid too: its frames then only measure
    time.
    """

    rate: Fraction
    frames: int
    idr: tuple[int, ...]
    segments: tuple[int, ...]
    chunks: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.frames <= 0:
            raise GridError("a grid needs a positive rate and at least one frame")
        for name, starts in (("idr", self.idr), ("segments", self.segments), ("chunks", self.chunks)):
            if not starts or starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
                raise GridError(f"{name} must ascend from 0")
            if starts[-1] >= self.frames:
                raise GridError(f"{name} must end before frame {self.frames}")
        if not set(self.chunks) <= set(self.segments) <= set(self.idr):
            raise GridError("chunks must start on segments, and segments on IDR frames")

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.rate

    @property
    def segment_times(self) -> tuple[Fraction, ...]:
        """Seconds at which segments start."""
        return tuple(n / self.rate for n in self.segments)

    def span(self, number: int) -> "Span":
        """The chunk of that number, counted from 0."""
        start = self.chunks[number]
        end = self.chunks[number + 1] if number + 1 < len(self.chunks) else self.frames
        return Span(
            start=start, end=end, idr=self.idr[bisect_left(self.idr, start) : bisect_left(self.idr, end)]
        )

    def spans(self) -> Iterator["Span"]:
        """The chunks in order."""
        return map(self.span, range(len(self.chunks)))


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One chunk: output frames `start` to `end` (exclusive), and the IDR frames within."""

    start: int
    end: int
    idr: tuple[int, ...]

    @property
    def frames(self) -> int:
        return self.end - self.start


def divided(rate: Fraction, frames: int) -> Grid:
    """A title's boundaries: whole frames a GOP, whole GOPs a segment, whole segments a chunk.

    At 24000/1001 frames/s a GOP is 48 frames (2.002 s) and a segment 96 (4.004 s).
    """
    gop = round(GOP_SECONDS * rate)
    segment = gop * (SEGMENT_SECONDS // GOP_SECONDS)
    return Grid(
        rate=rate,
        frames=frames,
        idr=tuple(range(0, frames, gop)),
        segments=tuple(range(0, frames, segment)),
        chunks=tuple(_chunks(frames, segment)),
    )


def _chunks(frames: int, segment: int) -> Iterator[int]:
    """First frames of chunks, which become shorter as less of the title is left: workers that run out of
    chunks wait for the last ones of others, and had better wait for short ones (guided self-scheduling,
    Polychronopoulos and Kuck 1987).

    There the number of workers has a say. Here the title's length alone has, for chunks decide bytes. None is
    shorter than a segment, unless the title is.
    """
    shortest = LEAST_CHUNK_SECONDS // SEGMENT_SECONDS
    longest = CHUNK_SECONDS // SEGMENT_SECONDS
    if frames > longest * segment:
        longest = max(shortest, min(longest, ceil(frames / (FEW * segment))))

    def least(left: int) -> int:
        return 1 if left <= LAST * frames else shortest

    start = 0
    while start < frames:
        yield start
        left = frames - start
        size = segment * max(least(left), min(longest, floor(longest * left / (TAPER * frames))))
        start += size if left - size >= segment else left


def video_timescale(rate: Fraction) -> int:
    """Ticks per second in which a frame at `rate` is a whole number of ticks, fine enough for any player."""
    return rate.numerator if rate.denominator > 1 else rate.numerator * 1000

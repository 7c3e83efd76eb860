"""What frames a video rendition must have, and where it may be cut."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from packagers.cmaf.error import CmafError


@dataclass(frozen=True)
class VideoPlan:
    """Boundaries shared by all renditions of a title, as frame numbers that count from 0.

    Every segment starts at an IDR frame, every chunk (one encoder output) at a segment. `timescale` is a
    multiple of the frame rate's numerator, so that a frame is a whole number of ticks.
    """

    frame_rate: Fraction
    timescale: int
    total_frames: int
    idr_frames: tuple[int, ...]
    segment_starts: tuple[int, ...]
    chunk_starts: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.timescale % self.frame_rate.numerator:
            raise CmafError(f"timescale {self.timescale} does not divide frames of 1/{self.frame_rate} s")
        for starts in (self.idr_frames, self.segment_starts, self.chunk_starts):
            ends = (*starts, self.total_frames)
            if ends[0] != 0 or any(a >= b for a, b in pairwise(ends)):
                raise CmafError(f"boundaries must rise from 0 to below {self.total_frames}: {starts}")
        if not set(self.chunk_starts) <= set(self.segment_starts) <= set(self.idr_frames):
            raise CmafError("chunks must start where segments do, and segments where IDR frames are")

    @property
    def frame_ticks(self) -> int:
        return self.timescale // self.frame_rate.numerator * self.frame_rate.denominator

    @property
    def duration(self) -> int:
        """Ticks of the whole title."""
        return self.total_frames * self.frame_ticks

    @property
    def chunks(self) -> list[range]:
        return spans(self.chunk_starts, self.total_frames)

    def segments_in(self, chunk: range) -> list[range]:
        return spans(within(self.segment_starts, chunk), chunk.stop)

    def gops_in(self, frames: range) -> list[range]:
        return spans(within(self.idr_frames, frames), frames.stop)


def within(starts: Sequence[int], frames: range) -> Sequence[int]:
    return starts[bisect_left(starts, frames.start) : bisect_left(starts, frames.stop)]


def spans(starts: Iterable[int], stop: int) -> list[range]:
    return [range(a, b) for a, b in pairwise((*starts, stop))]

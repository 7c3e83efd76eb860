"""CMAF segments: one or more fragments each (ISO/IEC 23000-19 7.3.3.1)."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from packagers.cmaf.fragment import Fragment
from packagers.mp4.brand import FileType
from packagers.presentation import Segment, SyncPoint

SEGMENT_TYPE = FileType(type="styp", major_brand="msdh", compatible_brands=("msdh", "cmfs")).to_bytes()
"""ISO/IEC 23009-1 6.3.4.2 wants `msdh` in a media segment, ISO/IEC 23000-19 7.2 `cmfs` in a CMAF segment."""


@dataclass(frozen=True)
class MediaSegment:
    """One segment file: `parts` are its bytes, to be written one after the other."""

    info: Segment
    parts: tuple[bytes | memoryview, ...]

    def to_bytes(self) -> bytes:
        return b"".join(self.parts)


class FragmentedSegment(MediaSegment):
    """A segment known by its fragments. Its boxes are written when asked for, so that an encryption which
    changes them need not read them again.

    `media` has the samples of all fragments, one after the other. `duration` is presentation time in ticks.
    With `sync_points`, every fragment is a GOP that starts with its intra picture.
    """

    def __init__(
        self, fragments: tuple[Fragment, ...], media: memoryview, duration: int, *, sync_points: bool
    ) -> None:
        self.fragments = fragments
        self.media = media
        self.duration = duration
        self.sync_points = sync_points

    @cached_property
    def info(self) -> Segment:
        at, points = len(SEGMENT_TYPE), []
        for fragment, boxes in zip(self.fragments, self._boxes, strict=True):
            if self.sync_points:
                points.append(SyncPoint(at, len(boxes) + int(fragment.sizes[0]), fragment.duration))
            at += len(boxes) + fragment.media_size
        return Segment(self.duration, at, tuple(points))

    @cached_property
    def parts(self) -> tuple[bytes | memoryview, ...]:
        parts: list[bytes | memoryview] = [SEGMENT_TYPE]
        borders = accumulate((fragment.media_size for fragment in self.fragments), initial=0)
        for boxes, (begin, end) in zip(self._boxes, pairwise(borders), strict=True):
            parts += [boxes, self.media[begin:end]]
        return tuple(parts)

    @cached_property
    def _boxes(self) -> list[bytes]:
        """What is before the media data of each fragment."""
        return [fragment.boxes() for fragment in self.fragments]

    def changed(self, fragments: tuple[Fragment, ...], media: memoryview) -> "FragmentedSegment":
        return FragmentedSegment(fragments, media, self.duration, sync_points=self.sync_points)

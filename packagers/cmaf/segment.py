"""CMAF segments: one or more fragments each (ISO/IEC 23000-19 7.3.3.1)."""

from dataclasses import dataclass

from packagers.cmaf.fragment import Fragment
from packagers.mp4.box import header
from packagers.mp4.brand import FileType
from packagers.presentation import Segment, SyncPoint

SEGMENT_TYPE = FileType(type="styp", major_brand="msdh", compatible_brands=("msdh", "cmfs")).to_bytes()
"""ISO/IEC 23009-1 6.3.4.2 wants `msdh` in a media segment, ISO/IEC 23000-19 7.2 `cmfs` in a CMAF segment."""


@dataclass(frozen=True)
class SegmentContent:
    """What a segment is made of: `media` has the samples of all fragments, one after the other.

    `duration` is presentation time in ticks. With `sync_points`, every fragment is a GOP that starts with its
    intra picture.
    """

    fragments: tuple[Fragment, ...]
    media: memoryview
    duration: int
    sync_points: bool

    def written(self) -> "MediaSegment":
        head, at, begin = SEGMENT_TYPE, 0, len(SEGMENT_TYPE)
        parts: list[bytes | memoryview] = []
        points = []
        for fragment in self.fragments:
            sizes = fragment.sizes
            data = self.media[at : at + int(sizes.sum())]
            mdat = header("mdat", len(data))
            boxes = fragment.moof(len(mdat)) + mdat
            if self.sync_points:
                points.append(SyncPoint(begin, len(boxes) + int(sizes[0]), fragment.duration))
            parts += [head + boxes, data]
            head, at, begin = b"", at + len(data), begin + len(boxes) + len(data)
        return MediaSegment(Segment(self.duration, begin, tuple(points)), tuple(parts), self)


@dataclass(frozen=True)
class MediaSegment:
    """One segment file: `parts` are its bytes, to be written one after the other.

    `content` is what they were made of; None when that is not known.
    """

    info: Segment
    parts: tuple[bytes | memoryview, ...]
    content: SegmentContent | None = None

    def to_bytes(self) -> bytes:
        return b"".join(self.parts)

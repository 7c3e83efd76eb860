"""A rendition ready to be written: one CMAF track, or a part of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packagers.cmaf.segment import MediaSegment
from packagers.presentation import AudioFormat, VideoFormat


@dataclass(frozen=True)
class Rendition:
    """`header` is `init.mp4`. `segments()` reads media data as it goes and holds one segment in memory.

    `first` is the number of the first of them in the whole track, from 1.
    """

    header: bytes
    codecs: str
    timescale: int
    format: VideoFormat | AudioFormat
    segments: Callable[[], Iterator[MediaSegment]]
    first: int = 1

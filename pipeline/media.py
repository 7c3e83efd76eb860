"""What a master contains, as typed facts: the result of a probe."""

from fractions import Fraction
from typing import Literal

import msgspec

Rotation = Literal[0, 90, 180, 270]


class Colour(msgspec.Struct, frozen=True, kw_only=True):
    """Colour description in ffmpeg's names (ITU-T H.273); `unknown` where the master does not say."""

    primaries: str = "unknown"
    transfer: str = "unknown"
    matrix: str = "unknown"
    full_range: bool = False

    @property
    def is_hdr(self) -> bool:
        return self.transfer in ("smpte2084", "arib-std-b67")


class VideoStream(msgspec.Struct, frozen=True, kw_only=True):
    """`width` and `height` are coded pixels; `sar` their shape; `rotation` the clockwise degrees a player
    must turn the picture by. `frames` is how many the container declares, 0 where it does not. `start` is
    the timestamp of the first picture that decodes, in ticks."""

    index: int
    codec: str
    width: int
    height: int
    sar: Fraction
    rotation: Rotation
    pixel_format: str
    interlaced: bool
    colour: Colour
    time_base: Fraction
    rate: Fraction | None
    frames: int
    duration: Fraction | None
    start: int | None = None

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in square pixels, the right way up."""
        width, height = max(1, round(self.width * self.sar)), self.height
        return (height, width) if self.rotation in (90, 270) else (width, height)


class AudioStream(msgspec.Struct, frozen=True, kw_only=True):
    """`language` is a BCP-47 tag, `und` where the master does not say."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    layout: str
    language: str
    time_base: Fraction
    frames: int
    duration: Fraction | None


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A probed master: container format, size in bytes, the video stream (the first real one) and all
    audio streams that can be decoded."""

    format: str
    size: int
    duration: Fraction | None
    video: VideoStream | None
    audio: tuple[AudioStream, ...]

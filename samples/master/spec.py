"""What master to make."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from .lettering import find_font

NUMBER_BITS = 20
"""Frame numbers of the frame code go up to 2**20 - 1, over four hours at 60 frames a second."""

SMALLEST = (56, 96)
"""Width and height below which the frame code cannot be read back."""

ROTATIONS = (0, 90, 180, 270)
CODECS = ("h264", "mpeg2", "prores", "ffv1")

CHANNELS = {"mono": ("FC",), "stereo": ("FL", "FR"), "5.1": ("FL", "FR", "FC", "LFE", "BL", "BR")}
"""Channels of each layout, in stream order."""


@dataclass(frozen=True)
class Picture:
    """`width` x `height` is the size as shown, `sar` the shape of a pixel in it.

    With a `rotation` (degrees clockwise) the picture is stored turned the other way, and a display matrix
    tells players to turn it back, as phones do.
    """

    width: int = 1280
    height: int = 720
    rate: Fraction = Fraction(24000, 1001)
    sar: Fraction = Fraction(1)
    rotation: int = 0
    codec: str = "h264"

    def __post_init__(self) -> None:
        if self.width < SMALLEST[0] or self.height < SMALLEST[1]:
            raise ValueError(f"{self.width}x{self.height} is too small to carry the frame code")
        if self.rate < 2:
            raise ValueError(f"{self.rate} frames a second is too slow for a flash a second: use 2 or more")
        if self.sar <= 0:
            raise ValueError(f"sample aspect ratio {self.sar} is not positive")
        if self.rotation not in ROTATIONS:
            raise ValueError(f"rotation must be one of {ROTATIONS} degrees, not {self.rotation}")
        if self.codec not in CODECS:
            raise ValueError(f"no codec {self.codec!r}: use one of {', '.join(CODECS)}")


@dataclass(frozen=True)
class Track:
    """One audio track: an ISO 639-2 language and a channel layout."""

    language: str = "eng"
    layout: str = "stereo"

    def __post_init__(self) -> None:
        if self.layout not in CHANNELS:
            raise ValueError(f"no channel layout {self.layout!r}: use one of {', '.join(CHANNELS)}")


@dataclass(frozen=True)
class MasterSpec:
    """`seconds` is rounded to whole frames; `start` is added to all time stamps; no `font`, no lettering.

    Without a picture, the beeps come as they would with 25 frames a second: at 0, 1, 2, ... s.
    """

    seconds: Fraction = Fraction(75)
    picture: Picture | None = field(default_factory=Picture)
    tracks: tuple[Track, ...] = (Track(),)
    start: Fraction = Fraction(0)
    font: Path | None = field(default_factory=find_font)

    def __post_init__(self) -> None:
        if not self.picture and not self.tracks:
            raise ValueError("a master needs a picture or an audio track")
        if not 0 < self.frames < 2**NUMBER_BITS:
            raise ValueError(f"{self.frames} frames: a master has 1 to {2**NUMBER_BITS - 1}")

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return self.picture.rate if self.picture else Fraction(25)

    @property
    def frames(self) -> int:
        """Length of the picture."""
        return round(self.seconds * self.rate)

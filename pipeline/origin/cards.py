"""What the pages say about a title. Plain values: the caller fills them from the catalog."""

import re
from dataclasses import dataclass
from fractions import Fraction

from pipeline.origin.folder import is_public_path

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VideoRendition:
    """One rung. `codec` is its RFC 6381 string, rates are in bits per second as measured."""

    name: str
    codec: str
    width: int
    height: int
    frame_rate: Fraction
    average_rate: int
    peak_rate: int


@dataclass(frozen=True, slots=True)
class AudioRendition:
    """One audio track. `language` is a BCP 47 tag, rates are in bits per second as measured."""

    name: str
    codec: str
    language: str
    channels: int
    average_rate: int
    peak_rate: int


@dataclass(frozen=True, slots=True)
class TitleCard:
    """A published title. `poster` is a path relative to `titles/<slug>/`, `duration` is in seconds, `scheme`
    says how it is encrypted and is empty where it is not."""

    slug: str
    name: str
    version: str
    duration: Fraction
    poster: str | None
    video: tuple[VideoRendition, ...]
    audio: tuple[AudioRendition, ...]
    scheme: str = ""

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise ValueError(f"not a slug: {self.slug!r}")
        if self.poster is not None and not is_public_path(self.poster):
            raise ValueError(f"not a public path below the title: {self.poster!r}")
        if self.duration <= 0:
            raise ValueError(f"not a duration: {self.duration}")

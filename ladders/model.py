"""What a ladder is: the definition an engineer writes, and the rungs chosen from it for one title."""

import re
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import msgspec

Codec = Literal["h264", "av1"]

MIN_SIDE = 16
"""Smallest picture side, in pixels, that every encoder here accepts."""

MAX_RATE = 300_000_000
"""Bits per second: what the highest level known here admits (H.264 High 5.2)."""

NAME = re.compile(r"[A-Za-z0-9]{1,32}")
"""Of a rung: it names a folder and a part of URLs."""


class LadderError(ValueError):
    """A ladder definition that cannot be used; the message names the ladder, the rung and the rule."""


class RungDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a ladder: the box the picture is fitted into, its quality and its rate cap.

    `box` is (long side, short side) in pixels, whichever way the picture lies. `crf` is the encoder's own
    scale. `maxrate` and `bufsize` are bits per second and bits at up to 30 frames/s.
    """

    name: str
    box: tuple[int, int]
    crf: float
    maxrate: int
    bufsize: int

    def __post_init__(self) -> None:
        long, short = self.box
        if not NAME.fullmatch(self.name):
            raise LadderError(f"rung {self.name[:80]!r}: a name is 1 to 32 letters a to z and digits")
        if not long >= short >= MIN_SIDE:
            raise LadderError(f"rung {self.name}: box must be [long side, short side], at least {MIN_SIDE}")
        if self.maxrate > MAX_RATE:
            raise LadderError(f"rung {self.name}: maxrate must be at most {MAX_RATE} bits/s")
        if not 0 < self.maxrate <= self.bufsize <= 4 * self.maxrate:
            raise LadderError(f"rung {self.name}: need 0 < maxrate <= bufsize <= 4 x maxrate")


class AudioDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One audio encode of every language: `bitrate` in bits per second, `sample_rate` in Hz."""

    codec: Literal["aac"] = "aac"
    bitrate: int = 128_000
    sample_rate: Literal[44_100, 48_000] = 48_000
    channels: Literal[2] = 2

    def __post_init__(self) -> None:
        if not 32_000 <= self.bitrate <= 512_000:
            raise LadderError("audio: bitrate must be within 32000 to 512000 bits/s")


class Ladder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ladder definition: all rungs of one codec, largest first, and the audio that goes with them.

    `high_rate_factor` multiplies rate caps above 30 frames/s.
    """

    name: str
    codec: Codec
    preset: str
    rungs: tuple[RungDefinition, ...]
    audio: AudioDefinition = AudioDefinition()
    high_rate_factor: float = 1.5

    def __post_init__(self) -> None:
        if not self.rungs:
            raise LadderError(f"ladder {self.name}: needs at least one rung")
        for above, below in pairwise(self.rungs):
            fits = all(small <= large for small, large in zip(below.box, above.box, strict=True))
            if not fits or below.box == above.box:
                raise LadderError(f"ladder {self.name}: the box of {below.name} must fit into {above.name}'s")
        if len({r.name for r in self.rungs}) != len(self.rungs):
            raise LadderError(f"ladder {self.name}: two rungs share a name")
        if not 1 <= self.high_rate_factor <= 3:
            raise LadderError(f"ladder {self.name}: high_rate_factor must be within 1 to 3")
        if self.preset not in PRESETS[self.codec]:
            raise LadderError(f"ladder {self.name}: preset must be one of {', '.join(PRESETS[self.codec])}")
        for rung in self.rungs:
            if not 1 <= rung.crf <= MAX_CRF[self.codec]:
                raise LadderError(f"rung {rung.name}: crf must be within 1 to {MAX_CRF[self.codec]}")
            if self.codec == "av1" and rung.crf % 1:
                raise LadderError(f"rung {rung.name}: AV1 takes a crf without a fraction")


PRESETS: dict[Codec, tuple[str, ...]] = {
    "h264": ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"),
    "av1": tuple(str(n) for n in range(14)),
}

MAX_CRF: dict[Codec, int] = {"h264": 51, "av1": 63}
"""The worst quality of each encoder's scale; 0, its best, is lossless, which no player's profile allows."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One video encode of a title. `level` is the fixed level that every chunk is encoded with, in the
    codec's own writing (`4.0`); sizes are pixels, `maxrate` bits/s, `bufsize` bits."""

    name: str
    codec: Codec
    width: int
    height: int
    crf: float
    maxrate: int
    bufsize: int
    preset: str
    level: str

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < MIN_SIDE:
            raise LadderError(
                f"rung {self.name}: {self.width}x{self.height} is not an even size of 16 or more"
            )


class AudioRung(msgspec.Struct, frozen=True, kw_only=True):
    """One audio encode of a title."""

    name: str
    codec: Literal["aac"]
    bitrate: int
    sample_rate: int
    channels: int


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of a master's picture: its size in square pixels after rotation, and
    the constant rate it will be encoded at."""

    width: int
    height: int
    frame_rate: Fraction

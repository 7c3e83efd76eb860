"""Protection schemes (ISO/IEC 23001-7 10): what each takes beside the key, and what `tenc` says of it."""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from packagers.cenc.error import CencError
from packagers.mp4.protection import TrackEncryption

KEY_BYTES = 16
STREAM_BITS = 24


@dataclass(frozen=True)
class ContentKey:
    """An AES-128 key and its public id. The key itself never shows."""

    kid: bytes
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.kid) != KEY_BYTES or len(self.value) != KEY_BYTES:
            raise CencError(f"a content key and its id have {KEY_BYTES} bytes each")


class Pattern(NamedTuple):
    """Of each `crypt + skip` blocks the first `crypt` are encrypted; 0:0 is all of them."""

    crypt: int = 0
    skip: int = 0


@dataclass(frozen=True)
class Cenc:
    """AES-CTR (ISO/IEC 23001-7 10.1). Every sample has its own 8-byte IV: `stream`, then its decode time.

    The IV must never repeat under one key, so `stream` must be another for each track, and for each encode of
    a track, that the key ever encrypts. Tracks that share a key must not share a `stream`.
    """

    scheme_type: ClassVar[str] = "cenc"
    key: ContentKey
    stream: int

    def __post_init__(self) -> None:
        if not 0 <= self.stream < 1 << STREAM_BITS:
            raise CencError(f"stream {self.stream} does not fit {STREAM_BITS} bits")

    def track_encryption(self, *, video: bool) -> TrackEncryption:  # noqa: ARG002 - the same for all media
        return TrackEncryption(per_sample_iv_size=8, kid=self.key.kid)


@dataclass(frozen=True)
class Cbcs:
    """AES-CBC with one IV for all (ISO/IEC 23001-7 10.4): pattern 1:9 in video, all blocks in sound.

    Tracks that share a key should not share `iv`, or it shows where they start with the same 16 bytes.
    """

    scheme_type: ClassVar[str] = "cbcs"
    key: ContentKey
    iv: bytes

    def __post_init__(self) -> None:
        if len(self.iv) != KEY_BYTES:
            raise CencError(f"the constant IV has {len(self.iv)} bytes instead of {KEY_BYTES}")

    def track_encryption(self, *, video: bool) -> TrackEncryption:
        crypt, skip = Pattern(1, 9) if video else Pattern()
        return TrackEncryption(
            version=1,
            crypt_byte_block=crypt,
            skip_byte_block=skip,
            per_sample_iv_size=0,
            kid=self.key.kid,
            constant_iv=self.iv,
        )


Scheme = Cenc | Cbcs


def pattern_of(encryption: TrackEncryption) -> Pattern:
    return Pattern(encryption.crypt_byte_block, encryption.skip_byte_block)

"""A content key and what belongs to it."""

from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from pipeline.errors import KeysError
from pipeline.keys.classes import KeyClass
from pipeline.keys.secret import Secret

KEY_BYTES = 16


class Signalling(msgspec.Struct, frozen=True, kw_only=True):
    """What a key service wants manifests to say of one DRM system, `system` being its UUID: a whole `pssh`
    box, further elements for the MPD as XML, lines for the media and the multivariant playlist, and the URI
    of EXT-X-KEY. Empty where it said nothing."""

    system: str
    pssh: bytes = b""
    content_protection: str = ""
    hls_media: str = ""
    hls_master: str = ""
    key_uri: str = ""


class Public(msgspec.Struct, frozen=True):
    """What is kept beside a key in the clear."""

    signalling: tuple[Signalling, ...]
    iv: bytes


@dataclass(frozen=True, slots=True)
class ContentKeyRecord:
    """The key of a class of tracks: `kid` is its public id, as it is in `tenc`; `iv`, where it is not empty,
    the constant IV that a key service wants `cbcs` to use: FairPlay's licences have it beside the key."""

    kid: bytes
    title: str
    key_class: KeyClass
    key: Secret = field(repr=False)
    signalling: tuple[Signalling, ...] = ()
    iv: bytes = b""

    def __post_init__(self) -> None:
        if len(self.kid) != KEY_BYTES or len(self.key) != KEY_BYTES:
            raise KeysError(f"a content key and its id have {KEY_BYTES} bytes each")
        if len(self.iv) not in (0, KEY_BYTES):
            raise KeysError(f"a constant IV has {KEY_BYTES} bytes")

    @property
    def uuid(self) -> UUID:
        """The id as XML documents write it."""
        return UUID(bytes=self.kid)

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


@dataclass(frozen=True, slots=True)
class ContentKeyRecord:
    """The key of a class of tracks: `kid` is its public id, as it is in `tenc`."""

    kid: bytes
    title: str
    key_class: KeyClass
    key: Secret = field(repr=False)
    signalling: tuple[Signalling, ...] = ()

    def __post_init__(self) -> None:
        if len(self.kid) != KEY_BYTES or len(self.key) != KEY_BYTES:
            raise KeysError(f"a content key and its id have {KEY_BYTES} bytes each")

    @property
    def uuid(self) -> UUID:
        """The id as XML documents write it."""
        return UUID(bytes=self.kid)

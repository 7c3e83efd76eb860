"""How a group of tracks is encrypted, as far as manifests say it: the key's id, never the key.

What a DRM system needs reaches this module ready-made, from `packagers.systems` or from a key server.
"""

from dataclasses import dataclass
from typing import Literal

from packagers import names

Scheme = Literal["cbcs", "cenc", "aes-128"]

KID_BYTES = 16
IDENTITY = "identity"
"""The KEYFORMAT of a URI that answers with the key itself (RFC 8216bis 4.4.4.4)."""


class ProtectionError(ValueError):
    """A protection that no manifest can state; the message says why."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What an EXT-X-KEY says of one system.

    `format` is its KEYFORMAT; `states_kid` adds KEYID, which Widevine and Clear Key want beside the URI.
    """

    uri: str
    format: str = IDENTITY
    states_kid: bool = False

    def __post_init__(self) -> None:
        for text in (self.uri, self.format):
            if not names.is_uri(text):
                raise ProtectionError(f"{text!r} holds characters that are not of a URI")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a ContentProtection element says of one system.

    `pssh` is a whole box (ISO/IEC 23001-7 8.1), `playready` a PlayReady object; `licence_url` is where Clear
    Key licences are asked for.
    """

    uuid: str
    value: str | None = None
    pssh: bytes | None = None
    playready: bytes | None = None
    licence_url: str | None = None

    def __post_init__(self) -> None:
        if self.licence_url is not None and not names.is_uri(self.licence_url):
            raise ProtectionError(f"{self.licence_url!r} holds characters that are not of a URI")


@dataclass(frozen=True, slots=True)
class System:
    """One way to the key: a DRM system, or a plain key server. HLS or DASH may have no words for it."""

    name: str
    key_line: KeyLine | None = None
    descriptor: Descriptor | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """Encryption under one key, with all ways to get it.

    `clear_segments` is the clear lead: so many segments at the start are not encrypted. With `aes-128` the
    header is clear, too, and the IV of segment N, from 1, is its media sequence number N - 1
    (RFC 8216bis 5.2).
    """

    scheme: Scheme
    kid: bytes
    systems: tuple[System, ...]
    clear_segments: int = 0

    def __post_init__(self) -> None:
        formats = [line.format for line in self.key_lines]
        if len(self.kid) != KID_BYTES:
            raise ProtectionError(f"a key id has {KID_BYTES} bytes, not {len(self.kid)}")
        if self.clear_segments < 0:
            raise ProtectionError("a clear lead cannot be negative")
        if not formats:
            raise ProtectionError("no system has a line for HLS, where encrypted segments need one")
        if len(set(formats)) != len(formats):
            raise ProtectionError("two systems share a KEYFORMAT, and the last would hide the first")
        if self.scheme == "aes-128" and formats != [IDENTITY]:
            raise ProtectionError("aes-128 takes its key from a key server, and from nothing else")

    @property
    def key_lines(self) -> tuple[KeyLine, ...]:
        return tuple(system.key_line for system in self.systems if system.key_line)

    @property
    def descriptors(self) -> tuple[Descriptor, ...]:
        return tuple(system.descriptor for system in self.systems if system.descriptor)

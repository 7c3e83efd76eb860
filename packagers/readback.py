"""What a manifest offers, as a player finds it: read back from its text, to compare HLS with DASH, and both
with the files that were stored.

The manifests are our own, but a reader that trusts its input is soon given another's. So every URI must lead
to a file below the manifest, and text and segment counts are bounded.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from packagers.names import is_relative_path
from packagers.protection import Scheme

MAX_TEXT = 16 * 2**20  # characters: a day of 2 s segments takes an eighth of it
MAX_SEGMENTS = 500_000  # of all renditions of a manifest
ROUNDING = Fraction(1, 10**6)  # seconds: EXTINF is written in microseconds


class ManifestError(ValueError):
    """A manifest that this package would not have written; the message says where."""


@dataclass(frozen=True, slots=True)
class MediaReference:
    """A segment, or an I-frame in it. `duration` is in seconds; `byte_range` is offset and size, where only a
    part of the file is meant."""

    uri: str
    duration: Fraction
    byte_range: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ProtectionReference:
    """How a rendition says it is encrypted. `kid` is None where the manifest need not say it; only a playlist
    tells how many segments are clear."""

    scheme: Scheme
    kid: bytes | None
    clear_segments: int = 0

    def agrees_with(self, other: "ProtectionReference") -> bool:
        """Whether both may mean the same key."""
        return self.scheme == other.scheme and (self.kid == other.kid or None in (self.kid, other.kid))


@dataclass(frozen=True)
class RenditionReference:
    """A rendition: the URI of its initialization segment, its segments in order of time, and what encrypts
    them."""

    init: str
    segments: tuple[MediaReference, ...]
    protection: ProtectionReference | None = None

    @property
    def ends(self) -> tuple[Fraction, ...]:
        """Presentation time at which each segment ends, in seconds."""
        return tuple(accumulate(s.duration for s in self.segments))

    def agrees_with(self, other: "RenditionReference") -> bool:
        """Whether both name the same files and key, at the same times but for the rounding of EXTINF."""
        return (
            self.init == other.init
            and _same_key(self.protection, other.protection)
            and [s.uri for s in self.segments] == [s.uri for s in other.segments]
            and all(abs(a - b) <= ROUNDING for a, b in zip(self.ends, other.ends, strict=True))
        )


def _same_key(one: ProtectionReference | None, other: ProtectionReference | None) -> bool:
    return one.agrees_with(other) if one and other else one is other


def resolve(manifest: str, uri: str | None) -> str:
    """`uri`, as the manifest at the path `manifest` states it, made relative to where that path starts."""
    if not uri or not is_relative_path(uri):
        raise ManifestError(f"{manifest}: {uri!r} does not name a file below the manifest")
    folder, slash, _ = manifest.rpartition("/")
    return f"{folder}{slash}{uri}"


def check_size(manifest: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise ManifestError(f"{manifest}: longer than {MAX_TEXT} characters")

"""Our playlists read back, through the `m3u8` package."""

import re
from dataclasses import dataclass
from fractions import Fraction

from m3u8 import M3U8, ParseError, Segment
from m3u8.model import StreamInfo

from packagers.hls.model import METHODS
from packagers.presentation import round_half_up
from packagers.protection import Scheme
from packagers.readback import (
    MAX_SEGMENTS,
    ManifestError,
    MediaReference,
    ProtectionReference,
    RenditionReference,
    check_size,
    resolve,
)

MAX_SECONDS = 86_400.0  # of one segment

_SCHEMES: dict[str, Scheme] = {method: scheme for scheme, method in METHODS.items()}

# What m3u8 lets through when a line is not what it expects.
_PARSE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ParseError)


@dataclass(frozen=True, slots=True)
class StreamReference:
    """An EXT-X-STREAM-INF or EXT-X-I-FRAME-STREAM-INF: its playlist and the bit rates it declares."""

    uri: str
    bandwidth: int
    average_bandwidth: int


@dataclass(frozen=True)
class MultivariantReference:
    """The playlists that a multivariant playlist names."""

    variants: tuple[StreamReference, ...]
    renditions: tuple[str, ...]
    iframes: tuple[StreamReference, ...]

    @property
    def media_playlists(self) -> tuple[str, ...]:
        """Each once, whether a variant or a rendition names it."""
        return tuple(dict.fromkeys([*(v.uri for v in self.variants), *self.renditions]))


def read_multivariant(text: str, uri: str = "master.m3u8") -> MultivariantReference:
    """The multivariant playlist at the path `uri`; what it names is relative to where that path starts.

    Raises ManifestError where the text is none, or leads anywhere but below itself.
    """
    playlist = _parse(text, uri)
    if not playlist.is_variant:
        raise ManifestError(f"{uri}: not a multivariant playlist")
    return MultivariantReference(
        variants=tuple(_stream(uri, p.uri, p.stream_info) for p in playlist.playlists),
        renditions=tuple(resolve(uri, m.uri) for m in playlist.media if m.uri),
        iframes=tuple(_stream(uri, p.uri, p.iframe_stream_info) for p in playlist.iframe_playlists),
    )


def read_media_playlist(text: str, uri: str = "media.m3u8") -> RenditionReference:
    """The media or I-frame playlist at the path `uri`; what it names is relative to where that path starts.

    Raises ManifestError where the text is no finished playlist, a segment is longer than the target duration
    allows (RFC 8216bis 4.4.3.1), a URI other than a key's leads anywhere but below the playlist, or more than
    one key is used or it ends before the last segment.
    """
    playlist = _parse(text, uri)
    if playlist.is_variant or not playlist.is_endlist or not playlist.target_duration:
        raise ManifestError(f"{uri}: not a finished media playlist")
    if len(playlist.segment_map) != 1:
        raise ManifestError(f"{uri}: not one EXT-X-MAP for all segments")
    if not 0 < len(playlist.segments) <= MAX_SEGMENTS:
        raise ManifestError(f"{uri}: {len(playlist.segments)} segments")
    segments = tuple(_segment(uri, s) for s in playlist.segments)
    if max(round_half_up(s.duration) for s in segments) > playlist.target_duration:
        raise ManifestError(f"{uri}: a segment is longer than the target duration")
    init = resolve(uri, playlist.segment_map[0].uri)
    return RenditionReference(init, segments, _protection(uri, playlist))


def _parse(text: str, uri: str) -> M3U8:
    check_size(uri, text)
    if not text.startswith("#EXTM3U\n"):
        raise ManifestError(f"{uri}: not a playlist")
    try:
        return M3U8(text)
    except _PARSE_ERRORS as error:
        raise ManifestError(f"{uri}: a line that is no HLS") from error


def _stream(playlist: str, uri: str, info: StreamInfo) -> StreamReference:
    if not info.bandwidth or not info.average_bandwidth:
        raise ManifestError(f"{playlist}: {uri!r} declares no BANDWIDTH or no AVERAGE-BANDWIDTH")
    return StreamReference(resolve(playlist, uri), info.bandwidth, info.average_bandwidth)


def _segment(playlist: str, segment: Segment) -> MediaReference:
    uri = resolve(playlist, segment.uri)
    if not 0 < (segment.duration or 0) < MAX_SECONDS:
        raise ManifestError(f"{playlist}: {uri} has no duration")
    # m3u8 reads a float; its shortest decimal is the text of the EXTINF.
    duration = Fraction(repr(segment.duration))
    return MediaReference(uri, duration, _byte_range(playlist, segment.byterange))


def _protection(uri: str, playlist: M3U8) -> ProtectionReference | None:
    """m3u8 keeps all key lines of the playlist, but of a segment only the last."""
    applied = [segment.get("key") for segment in playlist.data["segments"]]
    clear = applied.count(None)
    if clear == len(applied):
        return None
    if any(applied[:clear]) or any(key != applied[-1] for key in applied[clear:]):
        raise ManifestError(f"{uri}: the key changes")
    lines = [line for line in playlist.data["keys"] if line]
    kids = {_kid(uri, line["keyid"]) for line in lines if "keyid" in line}
    methods = {line.get("method") for line in lines}
    scheme = _SCHEMES.get(methods.pop() or "")
    if methods or scheme is None or len(kids) > 1:
        raise ManifestError(f"{uri}: key lines that do not mean one key")
    return ProtectionReference(scheme, kids.pop() if kids else None, clear)


def _kid(uri: str, text: str) -> bytes:
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{32}", text):
        raise ManifestError(f"{uri}: {text!r} is no key id")
    return bytes.fromhex(text[2:])


def _byte_range(playlist: str, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,15})@(\d{1,15})", text, re.ASCII)
    if not match:
        raise ManifestError(f"{playlist}: {text!r} is not a size and an offset")
    return int(match[2]), int(match[1])

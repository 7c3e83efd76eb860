"""HLS (RFC 8216bis): playlists from a presentation, and back."""

from packagers.hls.playlists import IFRAME_NAME, MEDIA_NAME, iframe_playlist, media_playlist, multivariant
from packagers.hls.readback import read_media_playlist, read_multivariant

__all__ = [
    "IFRAME_NAME",
    "MEDIA_NAME",
    "iframe_playlist",
    "media_playlist",
    "multivariant",
    "read_media_playlist",
    "read_multivariant",
]

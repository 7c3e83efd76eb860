"""HLS media playlists whose segments are elsewhere.

Multivariant ones stay as they are: what they name is read from the origin, by the same link.
"""

import re
from collections.abc import Callable

Sign = Callable[[str], str]
"""From the address of a file, relative to its manifest, to one that can be read from anywhere."""

_MAP = re.compile(r'^(#EXT-X-MAP:(?:.*,)?URI=")([^"]*)(")', re.MULTILINE)
_SEGMENT = re.compile(r"^(?!#)(\S.*)$", re.MULTILINE)


def presigned_playlist(text: str, sign: Sign) -> str:
    """Rewrite EXT-X-MAP and the URI lines (RFC 8216bis, 4.4.4.5 and 4.1). Keys are not media, and stay."""
    if "#EXTINF:" not in text:
        return text
    text = _MAP.sub(lambda match: match[1] + sign(match[2]) + match[3], text)
    return _SEGMENT.sub(lambda match: sign(match[1]), text)

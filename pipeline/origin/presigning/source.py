"""Published manifests, rewritten for as long as somebody may read them.

Signing takes a fifth of a millisecond a URL, and a film has thousands. So whoever's links end in the same
hour is given the same manifest, which is good until that hour is over.
"""

import asyncio
import hashlib
import math
import posixpath
import time
from collections.abc import Callable

from pipeline.origin.cache import ResourceCache
from pipeline.origin.content import BLOCK, SPAN, Content, span
from pipeline.origin.presigning.mpd import presigned_mpd
from pipeline.origin.presigning.playlists import presigned_playlist
from pipeline.origin.resource import Loaded, Resource, compress, describe, is_worth_compressing, short_tag
from pipeline.storage.mediatypes import MediaType, media_type
from pipeline.storage.published import IMMUTABLE, cache_control

HOUR = 3600

SignKey = Callable[[str, int], str]
"""From a storage key and a number of seconds to a URL that is good for so long."""

_REWRITTEN = {".m3u8": presigned_playlist, ".mpd": presigned_mpd}


def is_rewritten(path: str) -> bool:
    return posixpath.splitext(path)[1] in _REWRITTEN


def until_the_hour(expires: int, path: str) -> str:
    """The path in this source of a manifest, for a link that expires then (seconds since the epoch)."""
    return f"{-(-expires // HOUR) * HOUR}/{path}"


class PresignedSource:
    """The manifests that `published` finds; `now` is the time of day, in seconds since the epoch."""

    missing_seconds = 0.0
    stale_seconds = 0.0
    patience = 1.0

    def __init__(self, published: ResourceCache, sign: SignKey, now: Callable[[], float] = time.time) -> None:
        self._published = published
        self._sign = sign
        self._now = now

    def fresh_seconds(self, path: str) -> float:
        return math.inf if cache_control(path.partition("/")[2]) == IMMUTABLE else 1.0

    async def look(self, path: str, known: Resource | None) -> Loaded:
        ends, _, plain = path.partition("/")
        found = await self._published.get(plain)
        identity = found.plain.etag
        if known is not None and known.identity == identity:
            return Loaded(known, [])
        text = await _whole(found.plain.content)
        kind = media_type(plain)
        if kind is None:
            raise FileNotFoundError
        seconds = int(ends) - int(self._now())
        return await asyncio.to_thread(self._rewritten, identity, plain, kind, text, seconds)

    async def recall(self, path: str) -> None:  # noqa: ARG002  links outlive no process by much
        return None

    def _rewritten(self, identity: bytes, path: str, kind: MediaType, text: bytes, seconds: int) -> Loaded:
        folder, (_, suffix) = posixpath.dirname(path), posixpath.splitext(path)
        content = _REWRITTEN[suffix](
            text.decode(), lambda uri: self._sign(f"titles/{folder}/{uri}", seconds)
        ).encode()
        encoded = compress(content) if is_worth_compressing(len(content), kind) else None
        tag, control = short_tag(hashlib.sha256(content).hexdigest()), cache_control(path).encode()
        return Loaded(describe(identity, tag, content, len(content), kind, control, encoded), [])


async def _whole(content: bytes | Content) -> bytes:
    if isinstance(content, bytes):
        return content
    spans = range(0, -(-content.size // BLOCK), SPAN)
    return b"".join([block for first in spans for block in await content.read(span(content, first))])

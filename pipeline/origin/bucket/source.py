"""A bucket as the source of published files."""

import asyncio
import hashlib
import math
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pipeline.errors import StorageError
from pipeline.origin.bucket.facts import Facts
from pipeline.origin.bucket.objects import Objects
from pipeline.origin.content import BLOCK, Content, GoneError, span
from pipeline.origin.folder import is_public_path
from pipeline.origin.resource import (
    Loaded,
    Resource,
    compress,
    describe,
    is_worth_compressing,
    short_tag,
)
from pipeline.storage.mediatypes import MediaType, media_type
from pipeline.storage.published import IMMUTABLE

LARGEST_TEXT = 16 * 1024 * 1024
"""Bytes of what is stored under gzip, and of what becomes of it: it is held in memory whole."""


@dataclass(frozen=True, slots=True)
class ObjectContent:
    """One version of an object, in bytes as stored."""

    objects: Objects
    path: str
    facts: Facts

    @property
    def size(self) -> int:
        return self.facts.size

    async def read(self, blocks: range) -> list[bytes]:
        return await self.objects.read(self.path, self.facts, blocks)


class BucketSource:
    """The published files that are `objects`. `cache_control` gives the Cache-Control of a relative path:
    what it calls immutable is looked up once."""

    missing_seconds = 1.0
    stale_seconds = 24 * 3600.0
    patience = 1.0

    def __init__(self, objects: Objects, cache_control: Callable[[str], str]) -> None:
        self._objects = objects
        self._cache_control = cache_control

    def fresh_seconds(self, path: str) -> float:
        return math.inf if self._cache_control(path) == IMMUTABLE else 1.0

    async def look(self, path: str, known: Resource | None) -> Loaded:
        kind = _kind(path)
        if known is None and self.fresh_seconds(path) == math.inf:
            recalled = await self._objects.recall(path)
            if recalled is not None:
                with suppress(GoneError):
                    return await self._loaded(path, kind, recalled.facts, [])
        try:
            return await self._asked(path, kind, known)
        except GoneError:  # It was replaced between two spans.
            return await self._asked(path, kind, None)

    async def recall(self, path: str) -> tuple[Loaded, float] | None:
        record = await self._objects.recall(path)
        if record is None:
            return None
        with suppress(OSError, StorageError):
            return await self._loaded(path, _kind(path), record.facts, []), time.time() - record.seen
        return None

    async def _asked(self, path: str, kind: MediaType, known: Resource | None) -> Loaded:
        before = known.identity if known else None
        found = await self._objects.look(path, before if isinstance(before, Facts) else None)
        if found is None and known is not None:
            return Loaded(known, [])
        if found is None:
            raise StorageError(f"cannot read {path}: S3 says that it did not change, and was not asked that")
        return await self._loaded(path, kind, *found)

    async def _loaded(self, path: str, kind: MediaType, facts: Facts, blocks: list[bytes]) -> Loaded:
        """`blocks` are the first ones, if they are there already."""
        content = ObjectContent(self._objects, path, facts)
        cache_control = self._cache_control(path).encode()
        if facts.gzipped and facts.size > LARGEST_TEXT:
            raise StorageError(f"{path} is stored under gzip, and too large to be taken out of it")
        if not (facts.gzipped or facts.size <= BLOCK or is_worth_compressing(facts.size, kind)):
            tag = _tag(facts)
            return Loaded(describe(facts, tag, content, facts.size, kind, cache_control, None), blocks)
        whole = await _read_whole(content, blocks)
        resource = await asyncio.to_thread(_described, facts, content, whole, kind, cache_control)
        return Loaded(resource, blocks if isinstance(resource.plain.content, ObjectContent) else [])


def _kind(path: str) -> MediaType:
    kind = media_type(path) if is_public_path(path) else None
    if kind is None:
        raise FileNotFoundError
    return kind


def _tag(facts: Facts) -> bytes:
    """The hash of the content, as from a folder, where it is known; else S3's own tag, for nothing is read to
    name it."""
    return short_tag(facts.sha256) if facts.sha256 else facts.etag.strip('"').encode()


async def _read_whole(content: Content, blocks: list[bytes]) -> bytes:
    blocks = list(blocks)
    while len(blocks) * BLOCK < content.size:
        blocks += await content.read(span(content, len(blocks)))
    return b"".join(blocks)


def _described(
    facts: Facts, content: Content, whole: bytes, kind: MediaType, cache_control: bytes
) -> Resource:
    if facts.gzipped:
        plain = _unpacked(whole)
        tag = short_tag(hashlib.sha256(plain).hexdigest())
        return describe(facts, tag, plain, len(plain), kind, cache_control, whole)
    encoded = compress(whole) if is_worth_compressing(facts.size, kind) else None
    held = whole if facts.size <= BLOCK else content
    return describe(facts, _tag(facts), held, facts.size, kind, cache_control, encoded)


def _unpacked(body: bytes) -> bytes:
    """Raises StorageError for what is no gzip, or a bomb."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(body, LARGEST_TEXT)
    except zlib.error as error:
        raise StorageError(f"what is stored as gzip is none: {error}") from None
    if not unpacking.eof:
        raise StorageError("what is stored as gzip is cut off, or becomes too large")
    return plain

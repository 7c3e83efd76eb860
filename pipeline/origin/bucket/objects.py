"""Objects of a bucket, read from S3 once and then from the disk."""

import asyncio
import time
from functools import partial

import msgspec

from pipeline.codec import from_json, to_json
from pipeline.origin.bucket.disk import DiskCache
from pipeline.origin.bucket.facts import Facts, Record
from pipeline.origin.bucket.reader import Reader
from pipeline.origin.bucket.upstream import Upstream
from pipeline.origin.content import BLOCK
from pipeline.origin.tally import Tally

NOTED_SECONDS = 60.0
"""How exactly the disk knows when S3 was last heard of a path."""

PROBED_SECONDS = 10.0
"""An answer that is older says little of whether another would come."""

_PROBE = "none/none.json"

_MOST_NOTED = 4096


class Objects:
    """`disk` is None where nothing is to be kept there. Methods raise what Reader's do."""

    def __init__(self, reader: Reader, upstream: Upstream, disk: DiskCache | None, tally: Tally) -> None:
        self._reader = reader
        self._upstream = upstream
        self._disk = disk
        self._tally = tally
        self._noted: dict[str, float] = {}

    async def look(self, path: str, known: Facts | None) -> tuple[Facts, list[bytes]] | None:
        """What S3 has there, and its first blocks; None if that is still what is `known`."""
        found = await self._upstream.ask(partial(self._reader.look, path, known))
        if found is None:
            if known and self._noted.get(path, 0.0) < time.time() - NOTED_SECONDS:
                self._note(path, known)
            return None
        facts, span = found
        self._note(path, facts)
        return facts, self._taken(facts, 0, span)

    async def read(self, path: str, facts: Facts, blocks: range) -> list[bytes]:
        """These blocks of that version."""
        name = _span_of(facts, blocks.start)
        kept = await self._from_disk(name)
        if kept is not None:
            self._tally.disk_hits += 1
            return _blocks(kept)
        span = await self._upstream.ask(partial(self._reader.read, path, facts, blocks))
        return self._taken(facts, blocks.start, span)

    async def recall(self, path: str) -> Record | None:
        """What the disk has of what was there."""
        found = await self._from_disk(self._record_of(path))
        try:
            return from_json(found, Record) if found else None
        except msgspec.MsgspecError:  # written by another version of us
            return None

    async def check(self) -> None:
        """Raise StorageError unless S3 answers, or did so within the last seconds."""
        if self._upstream.breaker.is_open or self._upstream.silence > PROBED_SECONDS:
            try:
                await self._upstream.ask(partial(self._reader.look, _PROBE, None))
            except FileNotFoundError:
                return

    async def _from_disk(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._disk.get, name) if self._disk else None

    def _note(self, path: str, facts: Facts) -> None:
        if self._disk:
            if len(self._noted) >= _MOST_NOTED:
                self._noted.clear()
            self._noted[path] = time.time()
            self._disk.put(self._record_of(path), to_json(Record(facts, self._noted[path])))

    def _taken(self, facts: Facts, first: int, span: bytes) -> list[bytes]:
        """The blocks of what S3 sent."""
        self._tally.bytes += len(span)
        if self._disk:
            self._disk.put(_span_of(facts, first), span)
        return _blocks(span)

    def _record_of(self, path: str) -> str:
        return f"path {self._reader.place.bucket}/{path}"


def _span_of(facts: Facts, first: int) -> str:
    """By content, so that titles that share a file do so here, and from which byte on."""
    return f"span {facts.sha256 or facts.etag} {facts.size} {first * BLOCK}"


def _blocks(span: bytes) -> list[bytes]:
    return [span[start : start + BLOCK] for start in range(0, len(span), BLOCK)]

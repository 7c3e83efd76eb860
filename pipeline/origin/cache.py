"""What the origin remembers of paths: the resource that was found there, and until when that is good.

Nothing here touches a file or the network on the event loop. A stable path that was looked at within the last
second is answered from memory; after that its source is asked whether it is still the same.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import StorageError
from pipeline.origin.blocks import BlockCache, noted
from pipeline.origin.occasional import Occasional
from pipeline.origin.resource import Resource
from pipeline.origin.source import Source

_MISSING = 4096
"""Paths remembered for not being there."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """`found` as the source had it at `seen`; `answer` is the same, or says that it may be out of date."""

    found: Resource
    answer: Resource
    seen: float
    fresh_until: float


@dataclass(frozen=True, slots=True)
class _Look:
    task: asyncio.Task[Resource]
    since: float


class ResourceCache:
    """The most recently asked for resources of `source`: at most `capacity` of them, for each may be an open
    file, and about `room` bytes. `now` is a clock in seconds."""

    def __init__(
        self,
        source: Source,
        blocks: BlockCache,
        capacity: int = 128,
        room: int = 64 * 1024 * 1024,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._blocks = blocks
        self._capacity = capacity
        self._room = room
        self._now = now
        self._log = Occasional(logging.getLogger(__name__))
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._weight = 0
        self._missing: OrderedDict[str, float] = OrderedDict()
        self._looking: dict[str, _Look] = {}

    def fresh(self, path: str) -> Resource | None:
        """The file at relative `path`, if what is known of it needs not be asked about."""
        entry = self._entries.get(path)
        if entry is None or self._now() >= entry.fresh_until:
            return None
        self._entries.move_to_end(path)
        return entry.answer

    async def get(self, path: str) -> Resource:
        """Return the file at relative `path`. Raises FileNotFoundError, or OSError or StorageError if it
        cannot be read."""
        fresh = self.fresh(path)
        if fresh is not None:
            return fresh
        entry = self._entries.get(path)
        if self._now() < self._missing.get(path, 0.0):
            raise FileNotFoundError
        # Requests that come while a file is being looked for wait for that, whoever started it.
        look = self._looking.get(path) or self._begin(path, entry)
        if entry is not None and self._is_servable(entry):
            left = look.since + self._source.patience - self._now()
            done, _ = await asyncio.wait({look.task}, timeout=max(0.0, left))
            if not done:
                return self._stale(entry)
        return await asyncio.shield(look.task)

    def forget(self, path: str, resource: Resource) -> None:
        """What was found there can be read no longer."""
        entry = self._entries.get(path)
        if entry is not None and entry.found.identity == resource.identity:
            self._drop(path)

    def _begin(self, path: str, entry: _Entry | None) -> _Look:
        task = asyncio.create_task(self._look(path, entry))
        task.add_done_callback(noted)
        look = self._looking[path] = _Look(task, self._now())
        return look

    async def _look(self, path: str, entry: _Entry | None) -> Resource:
        try:
            loaded = await self._source.look(path, entry.found if entry else None)
        except FileNotFoundError:
            self._drop(path)
            self._remember_missing(path)
            raise
        except (OSError, StorageError) as error:
            entry = entry or await self._recalled(path)
            if entry is None or not self._is_servable(entry):
                self._drop(path)
                raise
            self._blocks.tally.stale += 1
            self._log.warning("%r is served as it was: %s", path, error)
            return self._remember(path, entry.found, self._stale(entry), entry.seen)
        else:
            self._blocks.keep(loaded.resource.plain.etag, 0, loaded.blocks)
            return self._remember(path, loaded.resource, loaded.resource, self._now())
        finally:
            del self._looking[path]

    async def _recalled(self, path: str) -> _Entry | None:
        recalled = await self._source.recall(path)
        if recalled is None:
            return None
        loaded, age = recalled
        return _Entry(loaded.resource, loaded.resource, self._now() - age, 0.0)

    def _is_servable(self, entry: _Entry) -> bool:
        return self._now() < entry.seen + self._source.stale_seconds

    def _stale(self, entry: _Entry) -> Resource:
        """RFC 9211: it was fresh until so many seconds ago. Age would make caches ask again at once, and us
        answer all of them while we cannot ask either."""
        late = entry.seen - self._now()
        return entry.found.with_field(b"cache-status", b"telecine; hit; ttl=%d" % late)

    def _remember(self, path: str, found: Resource, answer: Resource, seen: float) -> Resource:
        self._drop(path)
        self._entries[path] = _Entry(found, answer, seen, self._now() + self._source.fresh_seconds(path))
        self._weight += found.weight
        while len(self._entries) > self._capacity or self._weight > self._room:
            self._drop(next(iter(self._entries)))
        return answer

    def _drop(self, path: str) -> None:
        entry = self._entries.pop(path, None)
        if entry is not None:
            self._weight -= entry.found.weight

    def _remember_missing(self, path: str) -> None:
        if self._source.missing_seconds:
            self._missing[path] = self._now() + self._source.missing_seconds
            self._missing.move_to_end(path)
            if len(self._missing) > _MISSING:
                self._missing.popitem(last=False)

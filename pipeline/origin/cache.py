"""What the origin remembers of files: open resources by path, and their blocks by content.

Nothing here touches a file on the event loop. A path that was looked at within the last second is answered
from memory; after that a thread opens it anew and compares identities, which notices a new manifest without
reading the old one again.

Blocks are kept in memory because reading them in a thread halves the throughput (wrk, files of 1 MB).
The server could send a file by its name (`http.response.pathsend`): that is no faster than a kept block,
and would send whatever has that name by then.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from pipeline.origin.folder import Folder, OpenFile
from pipeline.origin.resource import Loaded, Resource, load
from pipeline.storage.mediatypes import media_type

FRESH_SECONDS = 1.0
_READ_AHEAD = 4


class BlockCache:
    """The most recently sent blocks of files, at most `capacity` bytes of them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._blocks: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._held = 0

    async def read(self, etag: bytes, file: OpenFile, number: int) -> bytes:
        """Return block `number` of `file`, whose content `etag` names."""
        key = (etag, number)
        block = self._blocks.get(key)
        if block is not None:
            self._blocks.move_to_end(key)
            return block
        ahead = await asyncio.to_thread(_read_ahead, file, number)
        self.keep(etag, number, ahead)
        return ahead[0]

    def keep(self, etag: bytes, first: int, blocks: list[bytes]) -> None:
        """Remember consecutive blocks, forgetting the longest unused ones."""
        for number, block in enumerate(blocks, first):
            self._held += len(block) - len(self._blocks.pop((etag, number), b""))
            self._blocks[etag, number] = block
        while self._held > self._capacity:
            self._held -= len(self._blocks.popitem(last=False)[1])


def _read_ahead(file: OpenFile, number: int) -> list[bytes]:
    return list(islice(file.blocks(number), _READ_AHEAD))


@dataclass(frozen=True, slots=True)
class _Entry:
    resource: Resource
    fresh_until: float


class ResourceCache:
    """The most recently asked for resources of `folder`, at most `capacity` of them, each an open file.

    `cache_control` gives the Cache-Control of a relative path; `now` is a clock in seconds.
    """

    def __init__(
        self,
        folder: Folder,
        cache_control: Callable[[str], str],
        blocks: BlockCache,
        capacity: int = 128,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._cache_control = cache_control
        self._blocks = blocks
        self._capacity = capacity
        self._now = now
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Resource]] = {}

    async def get(self, path: str) -> Resource:
        """Return the file at relative `path`. Raises FileNotFoundError, or OSError if it cannot be read."""
        entry = self._entries.get(path)
        if entry is not None and self._now() < entry.fresh_until:
            self._entries.move_to_end(path)
            return entry.resource
        # Requests that come while a file is being read wait for that reading, whoever started it.
        task = self._loading.get(path)
        if task is None:
            task = self._loading[path] = asyncio.create_task(self._look(path, entry))
        return await asyncio.shield(task)

    async def _look(self, path: str, entry: _Entry | None) -> Resource:
        try:
            loaded = await asyncio.to_thread(self._load, path, entry)
            self._blocks.keep(loaded.resource.plain.etag, 0, loaded.blocks)
            self._remember(path, loaded.resource)
            return loaded.resource
        except OSError:
            self._entries.pop(path, None)
            raise
        finally:
            del self._loading[path]

    def _load(self, path: str, entry: _Entry | None) -> Loaded:
        kind = media_type(path)
        if kind is None:
            raise FileNotFoundError
        file = self._folder.open(path)
        if entry is not None and entry.resource.identity == file.identity:
            return Loaded(entry.resource, [])
        return load(file, kind, self._cache_control(path).encode())

    def _remember(self, path: str, resource: Resource) -> None:
        self._entries[path] = _Entry(resource, self._now() + FRESH_SECONDS)
        self._entries.move_to_end(path)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

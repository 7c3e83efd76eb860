"""Blocks of files in memory, by content.

They are kept because reading a file in a thread halves the throughput (wrk, files of 1 MB), and a bucket is
far away. The server could send a file by its name (`http.response.pathsend`): that is no faster than a kept
block, and would send whatever has that name by then.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from pipeline.origin.content import SPAN, Content, span
from pipeline.origin.tally import Tally

Key = tuple[bytes, int]
"""The entity tag of the content, and the number of a block of it."""


class BlockCache:
    """The most recently sent blocks of files, at most `capacity` bytes of them."""

    def __init__(self, capacity: int, tally: Tally | None = None) -> None:
        self._capacity = capacity
        self.tally = tally or Tally()
        self._blocks: OrderedDict[Key, bytes] = OrderedDict()
        self._held = 0
        self._reading: dict[Key, asyncio.Task[list[bytes]]] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._blocks

    def get(self, etag: bytes, number: int) -> bytes | None:
        """The block, if it is in memory."""
        key = (etag, number)
        block = self._blocks.get(key)
        if block is not None:
            self.tally.hits += 1
            self._blocks.move_to_end(key)
        return block

    async def read(self, etag: bytes, content: Content, number: int) -> bytes:
        """Return block `number` of `content`, which `etag` names. Raises what reading it raises.

        However many want a block at the same time, it is read once; and to its end, though they go away.
        """
        block = self.get(etag, number)
        if block is not None:
            return block
        blocks = await asyncio.shield(self._begin(etag, content, number))
        return blocks[number % SPAN]

    def ahead(self, etag: bytes, content: Content, number: int) -> "bytes | asyncio.Task[bytes]":
        """The block, or the task that reads it while something else is being done."""
        block = self.get(etag, number)
        if block is not None:
            return block
        task = asyncio.create_task(self.read(etag, content, number))
        task.add_done_callback(noted)
        return task

    def prefetch(self, etag: bytes, content: Content, number: int) -> None:
        """Have the block read, if it is not in memory, before it is wanted."""
        if (etag, number) not in self._blocks and (etag, number // SPAN) not in self._reading:
            self._begin(etag, content, number).add_done_callback(noted)

    def keep(self, etag: bytes, first: int, blocks: list[bytes]) -> None:
        """Remember consecutive blocks, forgetting the longest unused ones."""
        for number, block in enumerate(blocks, first):
            self._held += len(block) - len(self._blocks.pop((etag, number), b""))
            self._blocks[etag, number] = block
        while self._held > self._capacity:
            self._held -= len(self._blocks.popitem(last=False)[1])

    def _begin(self, etag: bytes, content: Content, number: int) -> "asyncio.Task[list[bytes]]":
        key = (etag, number // SPAN)
        task = self._reading.get(key)
        if task is not None:
            self.tally.coalesced += 1
            return task
        self.tally.misses += 1
        task = self._reading[key] = asyncio.create_task(self._read(etag, content, span(content, number)))
        task.add_done_callback(lambda _: self._reading.pop(key))
        return task

    async def _read(self, etag: bytes, content: Content, numbers: range) -> list[bytes]:
        blocks = await content.read(numbers)
        self.keep(etag, numbers.start, blocks)
        return blocks


def noted(task: "asyncio.Task[Any]") -> None:
    """What a task raises is no news when those who wanted its result went away."""
    if not task.cancelled():
        task.exception()

"""Sending a large body from memory, as its reader takes it.

Blocks go from the cache to the socket, several at a time. Of what the system does not take at once, no more
than the rest of one block is held for a slow reader; whatever comes after is looked for again when he is
ready. So a thousand of them, each at another place, cost a thousand blocks and not a thousand segments.
"""

import asyncio
import os
from collections.abc import Callable, Sequence

from pipeline.origin.blocks import BlockCache
from pipeline.origin.content import BLOCK, Content, span
from pipeline.origin.ranges import ByteRange

TOGETHER = 256 * 1024 // BLOCK
"""Blocks in one system call: more make no difference."""

DELIVERY = "telecine.delivery"
"""The ASGI extension by which an application has a body sent so, once it has sent the head."""

Part = bytes | memoryview


class Delivery:
    """Sends `head`, then what is `asked` of `content`, which `etag` names, and calls `done`. Aborts the
    connection where the content cannot be read on."""

    def __init__(
        self,
        transport: asyncio.Transport,
        blocks: BlockCache,
        etag: bytes,
        content: Content,
        asked: ByteRange,
        done: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._socket: int = transport.get_extra_info("socket").fileno()
        self._blocks = blocks
        self._etag = etag
        self._content = content
        self._asked = asked
        self._done = done
        self._next = asked.first // BLOCK
        self._end = asked.last // BLOCK + 1
        self._waiting: asyncio.Task[bytes] | None = None

    def begin(self, head: bytes) -> None:
        # Anything that the transport keeps has it say when that is gone.
        self._transport.set_write_buffer_limits(high=0)
        self._write([head])
        self.go_on()

    def go_on(self) -> None:
        """Send as much as the reader takes. To be called when the transport has sent what it kept."""
        while not (self._waiting or self._transport.is_closing() or self._transport.get_write_buffer_size()):
            if self._next == self._end:
                self._done()
                return
            held = self._held()
            if held:
                self._next += self._write(held)
            else:
                self._wait()

    def stop(self) -> None:
        """Nobody reads any more."""
        if self._waiting is not None:
            self._waiting.cancel()

    def _held(self) -> list[Part]:
        held = []
        for number in range(self._next, min(self._next + TOGETHER, self._end)):
            block = self._blocks.get(self._etag, number)
            if block is None:
                break
            held.append(self._part(number, block))
        return held

    def _part(self, number: int, block: bytes) -> Part:
        """What is asked of a block."""
        first, last = self._asked.first - number * BLOCK, self._asked.last - number * BLOCK
        if first <= 0 and last >= len(block) - 1:
            return block
        return memoryview(block)[max(0, first) : last + 1]

    def _write(self, parts: Sequence[Part]) -> int:
        """Send the first of `parts`; return how many. The rest of the last may be the transport's."""
        left = self._send(parts)
        for number, part in enumerate(parts, 1):
            if left < len(part):
                self._transport.write(memoryview(part)[left:])
                return number
            left -= len(part)
        return len(parts)

    def _send(self, parts: Sequence[Part]) -> int:
        if self._transport.get_write_buffer_size():
            return 0
        try:
            return os.writev(self._socket, parts)
        except OSError:
            # It takes nothing now, or never again: the transport finds out which.
            return 0

    def _wait(self) -> None:
        ahead = self._blocks.ahead(self._etag, self._content, self._next)
        if isinstance(ahead, asyncio.Task):
            self._waiting = ahead
            ahead.add_done_callback(self._came)

    def _came(self, task: asyncio.Task[bytes]) -> None:
        self._waiting = None
        if task.cancelled() or task.exception() is not None:
            self._transport.abort()
        else:
            # What is in memory no more, or not yet, goes on so: the next span comes while this one is sent.
            following = span(self._content, self._next).stop
            if following < self._end:
                self._blocks.prefetch(self._etag, self._content, following)
            self._next += self._write([self._part(self._next, task.result())])
            self.go_on()

"""A large object as a file of which only what is read is fetched."""

import io
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from pipeline.storage.s3.errors import again, explained
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.ranges import Pinned

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 4 << 20
"""Bytes of a request: a seek costs one of them, and a second's worth of most masters is in it."""

KEPT = 8
"""Blocks in memory: a demuxer goes back and forth between interleaved tracks."""

AHEAD = 2
"""Blocks on their way before they are asked for, once reading goes on from one block to the next."""


class RangedReader(io.RawIOBase):
    """Seekable; for one thread. Up to 40 MiB are in memory.

    All bytes are of the version that was there when it was opened: once that is replaced, reading raises
    StorageError. Requests are repeated like all others, and a block that breaks off is fetched again. The
    bytes of a range have no digest: who must trust them compares what they amount to.
    """

    def __init__(self, found: Pinned) -> None:
        self._found = found
        self._position = 0
        self._last = -1
        self._blocks: OrderedDict[int, Future[bytes]] = OrderedDict()
        self._pool = ThreadPoolExecutor(1 + AHEAD, thread_name_prefix="ranges")

    @classmethod
    def open(cls, place: Place, key: str) -> "RangedReader":
        """Raises StorageError where there is no such object."""
        with explained(f"cannot read {key}"):
            head = place.client.head_object(**place.at(key))
        return cls(Pinned(place, key, head["ContentLength"], head["ETag"]))

    @property
    def name(self) -> str:
        return self._found.key

    @property
    def size(self) -> int:
        return self._found.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("there is nothing before the start of an object")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Up to the end of a block: a raw file may give less than was asked for."""
        target = memoryview(buffer).cast("B")
        if self._position >= self.size or not target:
            return 0
        number, offset = divmod(self._position, BLOCK)
        piece = memoryview(self._block(number))[offset : offset + len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._blocks.clear()
        super().close()

    def _block(self, number: int) -> bytes:
        if number == self._last + 1 and number:
            for later in range(number, min(number + AHEAD, (self.size - 1) // BLOCK) + 1):
                self._fetch(later)
        self._last = number
        fetched = self._fetch(number)
        try:
            return fetched.result()
        except BaseException:
            self._blocks.pop(number, None)
            raise

    def _fetch(self, number: int) -> Future[bytes]:
        if number not in self._blocks:
            self._blocks[number] = self._pool.submit(self._fetched, number)
        self._blocks.move_to_end(number)
        while len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        return self._blocks[number]

    @again
    def _fetched(self, number: int) -> bytes:
        return b"".join(self._found.blocks(number * BLOCK, min((number + 1) * BLOCK, self.size)))

"""Files below one folder, and nothing else: no links, no hidden or temporary names, no way out.

A path is checked twice. Its names must be of the plain kind that publication writes, which leaves no
room for `..`, encodings, drive letters or device names. Then every name is opened relative to the
folder before it and without following links, so a link swapped in while we look is refused as well.
"""

import asyncio
import errno
import os
import re
import weakref
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from pipeline.origin.content import BLOCK

_MAX_PATH = 1024
_PUBLIC_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*", re.ASCII)
_NOT_A_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: opening a named pipe must not wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def is_public_path(path: str) -> bool:
    """Whether `path` is relative, plain and free of hidden names. It says nothing about the file."""
    return len(path) <= _MAX_PATH and _PUBLIC_PATH.fullmatch(path) is not None


class OpenFile:
    """A regular file held open, so that its bytes stay the same ones whatever happens to its name.

    It is closed when the last reference goes: a response may outlive the cache entry it came from.
    `identity` is device, inode, size and modification time: equal as long as nobody wrote to the file.
    """

    __slots__ = ("__weakref__", "_descriptor", "identity", "size")

    def __init__(self, descriptor: int) -> None:
        weakref.finalize(self, os.close, descriptor)
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a regular file")
        self._descriptor = descriptor
        self.size = status.st_size
        self.identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    async def read(self, blocks: range) -> list[bytes]:
        """In a thread. Raises OSError."""
        return await asyncio.to_thread(lambda: list(islice(self.blocks(blocks.start), len(blocks))))

    def blocks(self, first: int = 0) -> Iterator[bytes]:
        """Yield the file's blocks from block number `first` on. Blocks the thread that reads."""
        for start in range(first * BLOCK, self.size, BLOCK):
            wanted = min(BLOCK, self.size - start)
            block = os.pread(self._descriptor, wanted, start)
            if len(block) != wanted:
                raise OSError(errno.EIO, "file was cut short while it was served")
            yield block


class Folder:
    """The regular files below `root`. The root itself may be a link; nothing below it may be."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, path: str) -> OpenFile:
        """Open the file at relative `path`; blocks the calling thread.

        Raises FileNotFoundError for anything that is not a public regular file below the root, and
        OSError when the system refuses (no permission, no descriptors left, a failing disk).
        """
        if not is_public_path(path):
            raise FileNotFoundError(errno.ENOENT, "not a public path")
        try:
            return OpenFile(self._descend(path.split("/")))
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                raise FileNotFoundError(errno.ENOENT, "no such file") from None
            raise

    def _descend(self, names: list[str]) -> int:
        directory = os.open(self._root, _DIRECTORY)
        try:
            for name in names[:-1]:
                below = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
                os.close(directory)
                directory = below
            return os.open(names[-1], _FILE, dir_fd=directory)
        finally:
            os.close(directory)

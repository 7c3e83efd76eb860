"""Room for another copy in a folder of bounded size: what was used longest ago goes, what is in use stays."""

import errno
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import DiskFullError, UsageError

LOOK_SECONDS = 0.2
"""How often one who waits for others looks again."""

PATIENCE = 60.0
"""Seconds for which a step waits for room, before it is given back and another may have its slot."""

PART = ".part"
"""Ends the name of a copy that is being made, or was when its process died."""

LOCK = ".lock"


def reserve(file: BinaryIO, size: int, folder: Path, limit: int, keep_going: Callable[[], None]) -> None:
    """Give the empty `file` in `folder` its `size` on the disk, in bytes; all files have at most `limit`.

    Waits for a while where what others use leaves no room. Raises DiskFullError then, UsageError where there
    never will be any, OSError where the disk is full of other things.
    """
    if size > limit:
        raise UsageError(f"a master has {size} bytes, TELECINE_MASTER_CACHE allows {limit}; raise it")
    until = time.monotonic() + PATIENCE
    while not _reserved(file, size, folder, limit):
        keep_going()
        if time.monotonic() > until:
            raise DiskFullError("all copies of masters are in use; raise TELECINE_MASTER_CACHE")
        time.sleep(LOOK_SECONDS)


def _reserved(file: BinaryIO, size: int, folder: Path, limit: int) -> bool:
    # Two processes must not both find the room that is left.
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        while _used(folder) + size > limit:
            if not _remove_oldest(folder):
                return False
        while not _allocated(file, size):
            if not _remove_oldest(folder):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return True


def _allocated(file: BinaryIO, size: int) -> bool:
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


def _used(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    """Changes under way end with a rename or with a removal: what is gone meanwhile is passed over."""
    return [path for path in folder.iterdir() if path.name != LOCK and path.exists()]


def _remove_oldest(folder: Path) -> bool:
    """Remove one file that nobody uses; whether there was one. What was left half made goes first."""
    by_age = sorted(_files(folder), key=lambda path: (path.suffix != PART, path.stat().st_mtime))
    return any(map(_removed, by_age))


def _removed(path: Path) -> bool:
    with path.open("rb") as file:
        if not locked(file) or not is_still(file, path):
            return False
        path.unlink()
        return True


def locked(file: BinaryIO) -> bool:
    """Whether the file could be locked for us alone, until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_still(file: BinaryIO, path: Path) -> bool:
    """Whether `path` still names what was opened by it: else a lock on that says nothing of the name."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file.fileno()), there)

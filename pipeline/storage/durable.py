"""Files and folders that outlast a power cut, and what the disk refuses in our words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import DiskFullError, StorageError

TRIES = 10
"""Of a rename into a folder that others keep removing."""


def make_folder(folder: Path) -> None:
    """With its parents, and durable: a synced folder may still be missing from one that is not."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def move(path: Path, target: Path) -> None:
    """Rename onto `target`, in one step, and durable. Its folder is made where there is none, and made again
    where it goes at this moment: an empty one is removed with the last object in it."""
    for left in reversed(range(TRIES)):
        try:
            make_folder(target.parent)
            path.replace(target)
            break
        except (FileNotFoundError, FileExistsError):  # the latter where a folder goes while it is made
            if not (left and path.exists()):
                raise
    sync(target.parent)


def sync(path: Path) -> None:
    """Onto the disk: a rename is durable once its folder is, and must not overtake the file's data."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(doing: str, temporary: Path | None = None) -> Iterator[None]:
    """OSError as ours; what was half-written is removed."""
    try:
        yield
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"{doing}: the disk is full; free some space and run it again") from error
        raise StorageError(f"{doing}: {error.strerror}") from error


def write_at(descriptor: int, data: bytes, place: int) -> None:
    """All of `data` at `place` of the file, whose own position stays."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, place)
        rest, place = rest[written:], place + written

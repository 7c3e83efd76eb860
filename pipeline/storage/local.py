"""Storage in a folder of one machine."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import DiskFullError, StorageError
from pipeline.storage.base import Entry, checked_key

TEMPORARY = "tmp"
"""Folder of half-written files, below the root so that moving one into place is a rename."""


class LocalStorage:
    """Objects are files below `root`. Written under a temporary name, synced, then renamed, so that neither
    a killed process nor a power cut leaves half an object."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with _explained(f"cannot write to {root}"):
            (root / TEMPORARY).mkdir(parents=True, exist_ok=True)

    def put(self, key: str, body: bytes) -> None:
        temporary = self._temporary()
        with _explained(f"cannot store {key}", temporary):
            temporary.write_bytes(body)
        self.put_file(key, temporary)

    def put_file(self, key: str, path: Path) -> None:
        target = self._path(key)
        with _explained(f"cannot store {key}", path):
            _sync(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._put_from_elsewhere(path, target)
            _sync(target.parent)

    def _put_from_elsewhere(self, path: Path, target: Path) -> None:
        temporary = self._temporary()
        with _explained(f"cannot store {target.name}", temporary):
            shutil.copyfile(path, temporary)
            _sync(temporary)
            temporary.replace(target)
            path.unlink()

    def open(self, key: str) -> BinaryIO:
        with _explained(f"cannot read {key}"):
            return self._path(key).open("rb")

    def head(self, key: str) -> Entry | None:
        path = self._path(key)
        return Entry(key, path.stat().st_size) if path.is_file() else None

    def list(self, prefix: str) -> Iterator[Entry]:
        folder = self._path(prefix)
        files = (p for p in folder.rglob("*") if p.is_file())
        yield from sorted((Entry(str(p.relative_to(self.root)), p.stat().st_size) for p in files), key=_key)

    def delete(self, key: str) -> None:
        with _explained(f"cannot delete {key}"):
            self._path(key).unlink(missing_ok=True)

    def url(self, key: str) -> str:
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)

    def _temporary(self) -> Path:
        return self.root / TEMPORARY / uuid.uuid4().hex


def _key(entry: Entry) -> str:
    return entry.key


def _sync(path: Path) -> None:
    """Onto the disk: a rename is durable once its folder is, and must not overtake the file's data."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(doing: str, temporary: Path | None = None) -> Iterator[None]:
    """OSError as ours; what was half-written is removed."""
    try:
        yield
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"{doing}: the disk is full; free some space and run it again") from error
        raise StorageError(f"{doing}: {error.strerror}") from error

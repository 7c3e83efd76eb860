"""Copies of stored masters on this machine: bounded, checked, and shared by all of its processes.

A copy lies under its digest once it is whole. Who reads it holds a shared lock of the kernel's on the file,
who makes or removes it an exclusive one; a lock goes with its process, however that ends. So a master is
downloaded once, what is in use stays, and what a killed process left is nobody's: the next makes it anew.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.masters.checksum import TRIES, sha256
from pipeline.masters.keys import damaged, digest_of, size_of
from pipeline.masters.room import LOOK_SECONDS, PART, is_still, locked, reserve
from pipeline.storage.base import Storage
from pipeline.storage.durable import explained, sync


class Copies:
    """`folder` has at most `limit` bytes of masters of `storage`, those used last."""

    def __init__(self, storage: Storage, folder: Path, limit: int) -> None:
        self._storage = storage
        self._folder = folder
        self._limit = limit

    def has(self, key: str) -> bool:
        """Whether a copy is there now."""
        return (self._folder / digest_of(key)).exists()

    @contextmanager
    def of(self, key: str, keep_going: Callable[[], None]) -> Iterator[Path]:
        """A file with the master's bytes, downloaded if need be, that stays for as long as the context lasts.

        `keep_going` is called now and then, and may raise to stop. Raises BadMasterError where the bytes are
        not those that the key promises, DiskFullError, UsageError where the limit is below the master's size.
        """
        path = self._folder / digest_of(key)
        with explained(f"cannot copy {key} to {self._folder}"):
            self._folder.mkdir(parents=True, exist_ok=True)
            while (held := _in_use(path)) is None:
                self._make(key, path, keep_going)
        with held:
            yield path

    def _make(self, key: str, path: Path, keep_going: Callable[[], None]) -> None:
        """Download the copy, or wait for another who does."""
        part = path.with_name(f"{path.name}{PART}")
        with open(part, "r+b", opener=_creating) as file:
            while not locked(file):
                keep_going()
                time.sleep(LOOK_SECONDS)
            if path.exists() or not is_still(file, part):
                return
            try:
                self._fill(key, file, keep_going)
                sync(part)
                part.rename(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def _fill(self, key: str, file: BinaryIO, keep_going: Callable[[], None]) -> None:
        file.truncate(0)
        reserve(file, size_of(self._storage, key), self._folder, self._limit, keep_going)
        for _ in range(TRIES):
            file.seek(0)
            with self._storage.ranged(key) as master:
                found = sha256(master, keep_going, file.write)
            file.flush()
            if found == digest_of(key):
                return
        raise damaged(key)


def _creating(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)


def _in_use(path: Path) -> BinaryIO | None:
    """The copy, opened and kept from being removed; None where there is none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    # Whoever holds a whole copy for himself is about to be done with it.
    fcntl.flock(file, fcntl.LOCK_SH)
    if is_still(file, path):
        os.utime(file.fileno())
        return file
    file.close()
    return None

"""What every storage offers: immutable-friendly objects under slash-separated keys, each written whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.errors import StorageError
from pipeline.storage.uploads import Uploads

MAX_KEY = 1024
"""Bytes of a key: the limit of S3."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored object: its key and the bytes that it takes, fewer than `open` gives for published text that a
    bucket holds as gzip. `modified` is when it was written, in seconds since the epoch, by the clock of the
    storage."""

    key: str
    size: int
    modified: float = field(default=0.0, compare=False)


class Storage(Protocol):
    """A reader sees an object whole or not at all, whatever happens to its writer.

    Methods raise StorageError (missing objects included), DiskFullError when no room is left.
    """

    @property
    def uploads(self) -> Uploads:
        """Large objects, in parts that survive an interruption."""

    def put(self, key: str, body: bytes) -> None:
        """Store `body`, replacing what was there in one step; durable when this returns."""

    def put_file(self, key: str, path: Path) -> None:
        """Like `put`, from a file, which is consumed."""

    def open(self, key: str) -> BinaryIO:
        """The object for reading, seekable."""

    def head(self, key: str) -> Entry | None:
        """The object's entry, None where there is none."""

    def digest(self, key: str) -> str:
        """The SHA-256, in hex, of what `open` gives."""

    def list(self, prefix: str) -> Iterator[Entry]:
        """All objects whose key begins with the folder `prefix`, in order of key."""

    def delete(self, key: str) -> None:
        """Remove the object; no error where there is none."""

    def ranged(self, key: str) -> BinaryIO:
        """Like `open`, but only what is read is fetched, and nothing compares it with the object's digest."""

    def url(self, key: str, seconds: int) -> str:
        """Where a child process can read the object: a path, or a URL that is good for that long."""


def checked_key(key: str) -> str:
    """The key itself, if it stays below the root on every backend; raises StorageError otherwise."""
    parts = key.split("/")
    size = len(key.encode(errors="replace"))
    if not 0 < size <= MAX_KEY or not key.isprintable() or "\\" in key:
        raise StorageError(f"{key[:80]!r} is not a storage key")
    if any(part in ("", ".", "..") or part.startswith(".") for part in parts):
        raise StorageError(f"{key[:80]!r} is not a storage key: no empty, hidden or parent parts")
    return key

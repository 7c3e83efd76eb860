"""What was read from S3, in a folder of this machine: it survives restarts, and several processes share it.

diskcache would do this, but is maintained no longer, writes to a database at every read, and unpickles what
it finds (CVE-2025-69872). Here an entry is a file: written aside, renamed, and believed only by its digest.
"""

import hashlib
import logging
import os
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pipeline.origin.bucket.budget import Budget
from pipeline.origin.occasional import Occasional

PENDING = 64
"""Entries that wait to be written. A disk that is slower than S3 gets none in addition."""

PAUSE_SECONDS = 30.0
"""Without writing, once that failed: the disk is full, or broken."""

_DIGEST = 32


class DiskCache:
    """At most `capacity` bytes below `folder`, those that were not read for longest going first."""

    def __init__(self, folder: Path, capacity: int) -> None:
        self._folder = folder
        self._budget = Budget(folder, capacity)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="cache")
        self._pending = threading.BoundedSemaphore(PENDING)
        self._paused_until = 0.0
        self._log = Occasional(logging.getLogger(__name__))

    def get(self, name: str) -> bytes | None:
        """What was put under that name, if it is still there and whole. Blocks the calling thread."""
        path = self._path(name)
        with suppress(OSError):
            with path.open("rb") as entry:
                digest, body = entry.read(_DIGEST), entry.read()
            if _digest(name, body) != digest:
                self._log.warning("%s was damaged, and is read again from the storage", path)
                path.unlink()
                return None
            os.utime(path)
            return body
        return None

    def put(self, name: str, body: bytes) -> None:
        """Returns at once; `body` is written when there is time for it, or never."""
        if time.monotonic() >= self._paused_until and self._pending.acquire(blocking=False):
            self._writer.submit(self._write, name, body)

    def flush(self) -> None:
        """Return when all that was put is written."""
        self._writer.submit(lambda: None).result()

    def _write(self, name: str, body: bytes) -> None:
        path = self._path(name)
        temporary = path.with_name(f"new-{uuid.uuid4().hex}")
        try:
            self._budget.reserve(temporary, _DIGEST + len(body))
            with temporary.open("r+b") as entry:
                entry.write(_digest(name, body))
                entry.write(body)
            temporary.replace(path)
        except OSError as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            self._log.warning("nothing is cached on disk for %.0f s: %s", PAUSE_SECONDS, error.strerror)
            with suppress(OSError):
                temporary.unlink()
        finally:
            self._pending.release()

    def _path(self, name: str) -> Path:
        hashed = hashlib.sha256(name.encode()).hexdigest()
        return self._folder / hashed[:2] / hashed[2:]


def _digest(name: str, body: bytes) -> bytes:
    """With the name: an entry is right in its own place only."""
    digest = hashlib.sha256(name.encode() + b"\0")
    digest.update(body)
    return digest.digest()

"""Files with secrets, which nobody but their owner may read."""

import os
import stat
import tempfile
from pathlib import Path

from pipeline.errors import KeysError, StorageError, UsageError

LARGEST = 1 << 20


def read_private(path: Path, what: str) -> bytes:
    """Raises FileNotFoundError, and UsageError for a file that others may read or change, or that is no file
    at all. Neither quotes what is in it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _check(os.fstat(descriptor), path, what)
            return os.read(descriptor, LARGEST)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(f"cannot read {what} {path}: {error.strerror}") from None


def _check(status: os.stat_result, path: Path, what: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{what} {path} is not a file")
    if status.st_uid not in (os.geteuid(), 0):
        raise UsageError(f"{what} {path} belongs to another user")
    if status.st_mode & 0o077:
        raise UsageError(f"{what} {path} can be read by others: `chmod 600 {path}`")
    if status.st_size > LARGEST:
        raise UsageError(f"{what} {path} is larger than any")


def create_private(path: Path, body: bytes) -> bool:
    """Write a file of mode 0600, whole or not at all; False where there is one. Raises StorageError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Such a file has that mode from the beginning; a link, unlike a rename, never replaces another's.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".private-") as temporary:
            temporary.write(body)
            temporary.flush()
            os.fsync(temporary.fileno())
            os.link(temporary.name, path)
        _sync(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    return True


def replace_private(path: Path, body: bytes) -> None:
    """Replace a file by another of mode 0600, at once and for good. Raises StorageError."""
    spare = path.with_name(f".{path.name}.new")
    spare.unlink(missing_ok=True)
    if not create_private(spare, body):
        raise KeysError(f"another process is changing {path}")
    try:
        spare.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

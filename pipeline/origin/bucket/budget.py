"""How many bytes a folder of cached files may take, counted by all processes that write there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAGE = 4096
"""A file takes whole ones."""

_KEPT = 0.9
"""Of the capacity, when room is made: looking at all files is not done for one."""


class Budget:
    """A number in a file, locked while it is changed. Where it is not right, because a process died or a file
    was removed by hand, it is too high; it is counted anew when room has to be made."""

    def __init__(self, folder: Path, capacity: int) -> None:
        self._folder = folder
        self._capacity = capacity

    def reserve(self, path: Path, size: int) -> None:
        """Make a file of that many bytes, all zero, removing others that were not read for longest where it
        would be too much. Raises OSError."""
        with self._locked() as counter:
            used = _read(counter)
            if used is None or used + _room(size) > self._capacity:
                used = self._make_room(int(self._capacity * _KEPT) - _room(size))
            os.pwrite(counter, b"%20d" % (used + _room(size)), 0)
            # Whoever counts anew must find it, though it is not written yet.
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch(0o600)
            os.truncate(path, size)

    def _make_room(self, target: int) -> int:
        """Return how many bytes are left, `target` at most."""
        files = sorted(self._files())
        used = sum(size for _, size, _ in files)
        for _, size, path in files:
            if used <= target:
                break
            with suppress(FileNotFoundError):
                path.unlink()
            used -= size
        return used

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        """When each was last read, its size and its path; those that a dead process left included."""
        for folder in self._folder.iterdir():
            if folder.is_dir():
                for entry in os.scandir(folder):
                    with suppress(FileNotFoundError):
                        status = entry.stat()
                        yield status.st_mtime_ns, _room(status.st_size), Path(entry.path)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        counter = os.open(self._folder / "used", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(counter, fcntl.LOCK_EX)
            yield counter
        finally:
            os.close(counter)


def _read(counter: int) -> int | None:
    """None in a new file, and where there is no number."""
    with suppress(ValueError):
        return int(os.pread(counter, 20, 0))
    return None


def _room(size: int) -> int:
    return -(-size // _PAGE) * _PAGE

"""Storage in a folder of one machine."""

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from pipeline.storage.base import Entry, checked_key
from pipeline.storage.durable import explained, move, sync
from pipeline.storage.local_uploads import LocalUploads


class LocalStorage:
    """Objects are files below `root`. Written under a temporary name in `scratch`, a folder on the same disk,
    synced, then renamed, so that neither a killed process nor a power cut leaves half an object."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root = root
        self.scratch = scratch
        self.uploads = LocalUploads(root, scratch)
        with explained(f"cannot write to {root}"):
            scratch.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, body: bytes) -> None:
        self._path(key)
        temporary = self._temporary()
        with explained(f"cannot store {key}", temporary):
            self.scratch.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(body)
        self.put_file(key, temporary)

    def put_file(self, key: str, path: Path) -> None:
        target = self._path(key)
        with explained(f"cannot store {key}", path):
            sync(path)
            try:
                move(path, target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._put_from_elsewhere(path, target)

    def _put_from_elsewhere(self, path: Path, target: Path) -> None:
        temporary = self._temporary()
        with explained(f"cannot store {target.name}", temporary):
            self.scratch.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, temporary)
            sync(temporary)
            move(temporary, target)
            path.unlink()

    def open(self, key: str) -> BinaryIO:
        with explained(f"cannot read {key}"):
            return self._path(key).open("rb")

    def head(self, key: str) -> Entry | None:
        return self._entry(self._path(key))

    def digest(self, key: str) -> str:
        with explained(f"cannot read {key}"), self._path(key).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def list(self, prefix: str) -> Iterator[Entry]:
        # Folders that vanish meanwhile are passed over.
        found = os.walk(self._path(prefix))
        entries = (self._entry(Path(folder, name)) for folder, _, names in found for name in names)
        yield from sorted(filter(None, entries), key=attrgetter("key"))

    def delete(self, key: str) -> None:
        path = self._path(key)
        with explained(f"cannot delete {key}"):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # the first folder that holds something else
            for folder in path.relative_to(self.root).parents[:-1]:
                (self.root / folder).rmdir()

    def ranged(self, key: str) -> BinaryIO:
        return self.open(key)

    def url(self, key: str, seconds: int = 0) -> str:  # noqa: ARG002  a path is good for ever
        return str(self._path(key))

    def _entry(self, path: Path) -> Entry | None:
        key = path.relative_to(self.root).as_posix()
        with explained(f"cannot look for {key}"), suppress(FileNotFoundError, NotADirectoryError):
            status = path.stat()
            return Entry(key, status.st_size, status.st_mtime) if S_ISREG(status.st_mode) else None
        return None

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)

    def _temporary(self) -> Path:
        return self.scratch / uuid.uuid4().hex

"""A version's way to another storage: its files first, then the manifests that show it there."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass

from pipeline.errors import StorageError
from pipeline.events import Emit, Uploading
from pipeline.pool import pooled
from pipeline.stages.stable import point
from pipeline.stages.version import lost_files, version_root
from pipeline.storage.base import Entry, Storage
from pipeline.storage.mediatypes import media_type

SENDERS = 8
"""Files on their way at a time: each waits for answers longer than it is on the wire."""


def publish_to(source: Storage, target: Storage, title: str, version: str, emit: Emit) -> None:
    """Have `target` show a version of a title that `source` has.

    Nothing that is shown there changes before all files of the version are there and were compared. Cut
    short at any moment, the same call goes on: a file that is there with the same content is not sent again.
    Raises StorageError.
    """
    _refuse_incomplete(source, title, version, "nothing was sent")
    root = version_root(title, version)
    copy = Copy(source, target, frozenset(entry.key for entry in target.list(root)))
    done, entries = 0, list(source.list(root))
    size = sum(entry.size for entry in entries)
    emit(Uploading(phase="copying", done=done, size=size))
    # Whoever finds a playlist of the version finds what it names.
    for some in ([e for e in entries if not _is_text(e)], [e for e in entries if _is_text(e)]):
        for entry in copy.all_of(some):
            done += entry.size
            emit(Uploading(phase="copying", done=done, size=size))
    _refuse_incomplete(target, title, version, "what is shown there was not changed")
    point(target, title, version)


@dataclass(frozen=True)
class Copy:
    """Objects from one storage to the same keys of another; `there` are the keys that it may already have."""

    source: Storage
    target: Storage
    there: frozenset[str]

    def all_of(self, entries: list[Entry]) -> Iterator[Entry]:
        """The objects as they are found or have arrived. The first that fails for good ends it."""
        with pooled(SENDERS, "publish") as pool:
            copying = {pool.submit(self._one, entry.key): entry for entry in entries}
            for future in as_completed(copying):
                future.result()
                yield copying[future]

    def _one(self, key: str) -> None:
        if key in self.there and self.target.digest(key) == self.source.digest(key):
            return
        with self.source.open(key) as file:
            body = file.read()
        self.target.put(key, body)
        if self.target.digest(key) != hashlib.sha256(body).hexdigest():
            raise StorageError(f"{key}: what arrived is not what was sent; run the command again")


def _is_text(entry: Entry) -> bool:
    kind = media_type(entry.key)
    return kind is not None and kind.compressible


def _refuse_incomplete(storage: Storage, title: str, version: str, so: str) -> None:
    lost = lost_files(storage, title, version)
    if lost:
        told = f"{len(lost)} of its files are lost or damaged, {lost[0]} among them"
        raise StorageError(f"{title}: of version {version}, {told}; {so}")

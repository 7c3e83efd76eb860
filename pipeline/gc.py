"""Garbage: what is stored and nobody needs, found by its age and removed without harm to jobs that run.

A step that finds an artifact made trusts that it stays; and it may find it at any moment, also between our
look at the catalog and our removing it. So of each folder the signs go first by which it is found, then the
catalog is asked again. Whoever found the folder before had told the catalog what he would look for, and gets
the signs back; whoever comes later finds nothing, and makes it anew.
"""

import re
from collections.abc import Container, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal, get_args

from pipeline.artifacts import MARKER, VALUE
from pipeline.masters.keys import FOLDER
from pipeline.stages.in_use import InUse
from pipeline.stages.measured import PART
from pipeline.storage.base import Entry, Storage
from pipeline.storage.uploads import Unfinished

Category = Literal["artifacts", "masters", "titles"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

SIGNS = re.compile(rf"{re.escape(MARKER)}|{re.escape(VALUE)}|{PART.pattern}")
"""Names of the objects by which steps know that something was made."""

BATCH = 500
"""Folders for which the catalog is asked again together."""

REMOVERS = 16
"""Objects on their way out at a time: those of a film are thousands, and a bucket takes its time for each."""


@dataclass(frozen=True)
class Garbage:
    """A folder, or the stable manifests of a title that shows nothing, and the objects there."""

    category: Category
    folder: str
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.entries)


def garbage(
    storage: Storage,
    in_use: InUse,
    category: Category,
    before: float,
    *,
    below: str = "",
    due: Container[str] = (),
) -> Iterator[Garbage]:
    """What of a category nobody needs, and nothing was written to since `before`, in seconds since the epoch,
    unless it is one of the folders that are `due`; only what lies in the folder `below`, if one is given."""
    used = in_use.folders()
    for folder, found in groupby(storage.list(below or category), lambda entry: _folder(entry.key)):
        entries = tuple(found)
        if folder not in used and (folder in due or all(entry.modified < before for entry in entries)):
            yield Garbage(category, folder, entries)


def unfinished(storage: Storage, before: float) -> list[Unfinished]:
    """Uploads of masters whose last part came before that time."""
    return [upload for upload in storage.uploads.unfinished(FOLDER) if upload.since < before]


def remove(storage: Storage, in_use: InUse, found: Iterable[Garbage]) -> Iterator[Garbage]:
    """Delete it, but for what is needed by now; what was deleted, as it is."""
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        signs: dict[str, bytes] = {}
        try:
            signs.update(_taken_signs(storage, batch))
            used = in_use.folders()
        except BaseException:
            _put_back(storage, signs)
            raise
        _put_back(storage, {key: body for key, body in signs.items() if _folder(key) in used})
        gone = [one for one in batch if one.folder not in used]
        _delete(storage, [entry for one in gone for entry in one.entries])
        yield from gone


def _taken_signs(storage: Storage, batch: list[Garbage]) -> Iterator[tuple[str, bytes]]:
    """Signs as they are removed: each is told before it goes."""
    for entry in (entry for one in batch for entry in one.entries):
        if SIGNS.fullmatch(entry.key.rpartition("/")[2]) and _is_as_found(storage, entry):
            with storage.open(entry.key) as file:
                yield entry.key, file.read()
            storage.delete(entry.key)


def _put_back(storage: Storage, signs: dict[str, bytes]) -> None:
    for key, body in signs.items():
        if storage.head(key) is None:
            storage.put(key, body)


def _delete(storage: Storage, entries: list[Entry]) -> None:
    """What was made anew meanwhile stays."""

    def delete(entry: Entry) -> None:
        if _is_as_found(storage, entry):
            storage.delete(entry.key)

    with ThreadPoolExecutor(REMOVERS, thread_name_prefix="remove") as pool:
        for _ in pool.map(delete, entries):
            pass


def _is_as_found(storage: Storage, entry: Entry) -> bool:
    now = storage.head(entry.key)
    return now is not None and now.modified == entry.modified


def _folder(key: str) -> str:
    """What is needed as a whole or not at all, as InUse names it."""
    parts = key.split("/")
    return "/".join(parts[:4] if parts[2:3] == ["v"] else parts[:2])

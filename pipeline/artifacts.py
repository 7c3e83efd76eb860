"""Artifacts: immutable files under `artifacts/<hash>/`, a hash of everything that decides their bytes."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from pipeline.codec import from_json, to_json
from pipeline.errors import StorageError
from pipeline.storage.base import Storage

T = TypeVar("T")

SENDERS = 4
"""Files of an artifact on their way at a time: one connection does not fill a network."""

MARKER = "done.json"
VALUE = "value.json"


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an artifact: bytes and SHA-256."""

    size: int
    sha256: str


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """Written last: an artifact with a marker is whole. `cpu` and `wall` are the seconds it took to make,
    `frames` how many it holds, `warnings` what its maker said."""

    files: dict[str, File]
    cpu: float = 0.0
    wall: float = 0.0
    frames: int = 0
    warnings: str = ""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files.values())


def find(storage: Storage, name: str) -> Marker | None:
    """The artifact's marker, None where it was never finished, has lost a file since or is damaged."""
    marker = _find(storage, _key(name, MARKER), Marker)
    if marker is None:
        return None
    whole = all(_has(storage, name, path, known) for path, known in marker.files.items())
    return marker if whole else None


def store(
    storage: Storage,
    name: str,
    files: Mapping[str, Path],
    *,
    cpu: float = 0.0,
    wall: float = 0.0,
    frames: int = 0,
    warnings: str = "",
) -> Marker:
    """Move `files` (name in the artifact -> path) into storage and mark the artifact as whole."""

    def put(path: str) -> File:
        described = _describe(files[path])
        storage.put_file(_key(name, path), files[path])
        return described

    with ThreadPoolExecutor(SENDERS, thread_name_prefix="store") as pool:
        stored = dict(zip(files, pool.map(put, files), strict=True))
    marker = Marker(files=stored, cpu=cpu, wall=wall, frames=frames, warnings=warnings)
    storage.put(_key(name, MARKER), to_json(marker))
    return marker


def store_value(storage: Storage, name: str, value: object) -> None:
    """A single JSON value as an artifact: written in one put, it needs no marker."""
    storage.put(_key(name, VALUE), to_json(value))


def has_value(storage: Storage, name: str, kind: type[object]) -> bool:
    """Whether the artifact is there and readable: an older version may have written it otherwise."""
    return _find(storage, _key(name, VALUE), kind) is not None


def load_value(storage: Storage, name: str, kind: type[T]) -> T:
    with storage.open(_key(name, VALUE)) as file:
        data = file.read()
    try:
        return from_json(data, kind)
    except msgspec.MsgspecError as error:
        folder = _key(name, "").rstrip("/")
        raise StorageError(f"{folder} is damaged: {error}; delete it and run the command again") from error


def open_file(storage: Storage, name: str, path: str) -> BinaryIO:
    return storage.open(_key(name, path))


def _find(storage: Storage, key: str, kind: type[T]) -> T | None:
    if storage.head(key) is None:
        return None
    with storage.open(key) as file, suppress(msgspec.MsgspecError):
        return from_json(file.read(), kind)
    return None


def _has(storage: Storage, name: str, path: str, known: File) -> bool:
    entry = storage.head(_key(name, path))
    return entry is not None and entry.size == known.size


def _describe(path: Path) -> File:
    with path.open("rb") as file:
        return File(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _key(name: str, path: str) -> str:
    return f"artifacts/{name}/{path}"

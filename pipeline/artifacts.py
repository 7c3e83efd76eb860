"""Artifacts: immutable files under `artifacts/<hash>/`, a hash of everything that decides their bytes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from pipeline.codec import from_json, to_json
from pipeline.storage.base import Storage

T = TypeVar("T")

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
    """The artifact's marker, None where it was never finished or has lost a file since."""
    if storage.head(_key(name, MARKER)) is None:
        return None
    with storage.open(_key(name, MARKER)) as file:
        marker = from_json(file.read(), Marker)
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
    described = {path: _describe(file) for path, file in files.items()}
    for path, file in files.items():
        storage.put_file(_key(name, path), file)
    marker = Marker(files=described, cpu=cpu, wall=wall, frames=frames, warnings=warnings)
    storage.put(_key(name, MARKER), to_json(marker))
    return marker


def store_value(storage: Storage, name: str, value: object) -> None:
    """A single JSON value as an artifact: written in one put, it needs no marker."""
    storage.put(_key(name, VALUE), to_json(value))


def has_value(storage: Storage, name: str) -> bool:
    return storage.head(_key(name, VALUE)) is not None


def load_value(storage: Storage, name: str, kind: type[T]) -> T:
    with storage.open(_key(name, VALUE)) as file:
        return from_json(file.read(), kind)


def open_file(storage: Storage, name: str, path: str) -> BinaryIO:
    return storage.open(_key(name, path))


def _has(storage: Storage, name: str, path: str, known: File) -> bool:
    entry = storage.head(_key(name, path))
    return entry is not None and entry.size == known.size


def _describe(path: Path) -> File:
    with path.open("rb") as file:
        return File(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _key(name: str, path: str) -> str:
    return f"artifacts/{name}/{path}"

"""A master's way into storage: in parts, checked, and continued where an earlier attempt stopped."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from pipeline.errors import BadMasterError, TelecineError
from pipeline.events import Emit, Uploading
from pipeline.masters.keys import master_key
from pipeline.pool import pooled
from pipeline.storage.base import Storage
from pipeline.storage.uploads import MAX_PARTS, Part, Upload

PART = 16 << 20
"""Bytes: large enough for requests to cost little, small enough for an interruption to."""

SENDERS = 4
"""Parts on their way at a time."""

TRIES = 5
BLOCK = 1 << 20


@dataclass(frozen=True)
class Stored:
    """A master in storage: its key, its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True)
class Described:
    """A file by its content: SHA-256 of all of it, and its parts, in order."""

    digest: str
    size: int
    part_size: int
    parts: tuple[Part, ...]


def upload(storage: Storage, master: Path, emit: Emit) -> Stored:
    """Store a master under the name of its content, unless it is there; what of it an earlier attempt stored
    is not sent again. Raises BadMasterError where the file cannot be read, or changes meanwhile."""
    described = describe(master, emit)
    key = master_key(described.digest, master.name)
    stored = storage.head(key)
    if stored is None or stored.size != described.size:
        _send(storage, key, master, described, emit)
    else:
        emit(Uploading(phase="sending", done=described.size, size=described.size))
    return Stored(key, described.size)


def describe(master: Path, emit: Emit) -> Described:
    """Read a file once."""
    whole, done = hashlib.sha256(), 0
    parts: list[Part] = []
    try:
        size = master.stat().st_size
        size_of_parts = part_size(size)
        with master.open("rb") as file:
            while block := file.read(size_of_parts):
                whole.update(block)
                parts.append(Part(len(parts) + 1, len(block), hashlib.sha256(block).hexdigest()))
                done += len(block)
                emit(Uploading(phase="reading", done=done, size=size))
    except OSError as error:
        raise BadMasterError(f"{master}: cannot be read: {error.strerror}") from error
    return Described(whole.hexdigest(), done, size_of_parts, tuple(parts))


def part_size(size: int) -> int:
    """Bytes of a part, so that a file of `size` bytes has no more parts than an upload may."""
    blocks = -(-size // (MAX_PARTS * BLOCK))
    return max(PART, blocks * BLOCK)


def _send(storage: Storage, key: str, master: Path, described: Described, emit: Emit) -> None:
    size_of_parts = described.part_size
    uploads = storage.uploads
    up = uploads.resume(key, size_of_parts) or uploads.begin(key, size_of_parts, described.digest)
    try:
        missing = up.missing(described.parts)
        done = described.size - sum(part.size for part in missing)
        emit(Uploading(phase="sending", done=done, size=described.size))
        for part in _sent(up, master, described, missing):
            done += part.size
            emit(Uploading(phase="sending", done=done, size=described.size))
        up.complete(described.parts)
    finally:
        up.close()


def _sent(up: Upload, master: Path, described: Described, parts: list[Part]) -> Iterator[Part]:
    """The parts as they arrive. The first that fails for good ends it; what arrived stays."""
    with pooled(SENDERS, "upload") as pool:
        sending = {pool.submit(_send_part, up, master, described.part_size, part): part for part in parts}
        for future in as_completed(sending):
            future.result()
            yield sending[future]


def _may_heal(error: BaseException) -> bool:
    return isinstance(error, TelecineError) and error.retryable


@retry(
    retry=retry_if_exception(_may_heal),
    wait=wait_random_exponential(max=10),
    stop=stop_after_attempt(TRIES),
    reraise=True,
)
def _send_part(up: Upload, master: Path, size_of_parts: int, part: Part) -> None:
    try:
        with master.open("rb") as file:
            file.seek((part.number - 1) * size_of_parts)
            up.put(part, file)
    except OSError as error:
        raise BadMasterError(f"{master}: cannot be read any more: {error.strerror}") from error

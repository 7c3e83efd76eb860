"""What every storage offers for large objects: uploads in parts, which survive an interruption.

The operations are those of S3's multipart uploads, and the guarantees those that a folder can keep as well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pipeline.errors import StorageError

MAX_PARTS = 10_000
"""Parts of an upload: the limit of S3."""


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`-th piece of an object, from 1: its size in bytes and the SHA-256 of its bytes, in hex."""

    number: int
    size: int
    sha256: str

    def __post_init__(self) -> None:
        possible = 1 <= self.number <= MAX_PARTS and self.size > 0
        if not possible or not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise ValueError(f"{self} cannot be a part of an upload")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that was begun and neither completed nor aborted. `since` is when its last part came or,
    where the storage does not tell, when it began: seconds since the epoch."""

    key: str
    id: str
    since: float


class Upload(Protocol):
    """An object on its way in, by parts: nobody sees it before `complete`, and then whole.

    Parts may come in any order and from several threads at once. All but the last have the size that the
    upload was begun with, which S3 wants to be 5 MiB at least. What is left when this process dies, or calls
    `close`, can be resumed.

    Methods raise StorageError, also when the upload was meanwhile aborted or completed by another.
    """

    @property
    def key(self) -> str: ...

    @property
    def id(self) -> str: ...

    def put(self, part: Part, body: BinaryIO) -> None:
        """Store one part, in place of one sent before under its number; durable when this returns.

        `body` is read from where it stands, a block at a time. Raises StorageError, and does not count the
        part, unless it gives exactly the bytes that `part` says. S3: UploadPart, with its checksum."""

    def missing(self, parts: Sequence[Part]) -> list[Part]:
        """Those of `parts` that are not stored, or with other bytes. S3: ListParts."""

    def complete(self, parts: Sequence[Part]) -> None:
        """Make the object visible, replacing what was there in one step; durable when this returns.

        `parts` are all of them, in order from 1. Raises StorageError if one is missing or of a wrong size;
        the upload can then still go on. S3: CompleteMultipartUpload."""

    def close(self) -> None:
        """Leave the upload to whoever resumes it. Nothing happens to one that is completed or aborted."""


def refuse_other_parts(key: str, part_size: int, parts: Sequence[Part]) -> None:
    """Raises StorageError unless `parts` can be all parts of an object, in order."""
    sizes = {part.size for part in parts[:-1]} - {part_size}
    if sizes or [part.number for part in parts] != [n + 1 for n in range(len(parts))] or not parts:
        raise StorageError(f"these are not the parts of {key}, whole and in order")


def refuse_incomplete(key: str, parts: Sequence[Part], missing: Sequence[Part]) -> None:
    """Raises StorageError if any of `parts` are missing."""
    if missing:
        numbers = ", ".join(str(part.number) for part in missing[:5])
        raise StorageError(f"{key} is not complete: of {len(parts)} parts, {numbers} are missing")


class Uploads(Protocol):
    """The unfinished uploads of a storage. Several to the same key never mix: the object is that of whichever
    completed last. Where two clients resumed the same one, either may get StorageError."""

    def begin(self, key: str, part_size: int, sha256: str = "") -> Upload:
        """A new upload, in parts of `part_size` bytes. `sha256`, where it is known, is that of the whole, in
        hex; a storage that is not trusted to keep bytes remembers it, for readers to compare. S3:
        CreateMultipartUpload."""

    def resume(self, key: str, part_size: int) -> Upload | None:
        """The latest unfinished upload of that key and part size, None where there is none; in a folder, one
        that another process is writing does not count."""

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """All unfinished uploads to keys that begin with the folder `prefix`. S3: ListMultipartUploads."""

    def abort(self, key: str, upload: str) -> None:
        """Remove the unfinished upload of that id and its parts, though another process be writing it; no
        error where there is none. S3: AbortMultipartUpload."""

"""One upload into a bucket: a multipart upload of S3, whose parts are known by their SHA-256."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import StorageError
from pipeline.storage.durable import explained as disk_explained
from pipeline.storage.s3 import unfinished
from pipeline.storage.s3.checksum import BLOCK, in_base64
from pipeline.storage.s3.errors import EndedError, explained
from pipeline.storage.s3.multipart import Multipart
from pipeline.storage.s3.part_ledger import PartLedger
from pipeline.storage.uploads import Part, refuse_incomplete, refuse_other_parts

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import PartTypeDef

IN_MEMORY = 32 << 20
"""Bytes of a part that are held in memory; more of it, for enormous masters, goes to a file."""


class S3Upload:
    """A multipart upload in parts of `part_size` bytes; `scratch` is for parts too large for memory."""

    def __init__(self, upload: Multipart, part_size: int, scratch: Path) -> None:
        self.key = upload.key
        self.id = upload.id
        self._upload = upload
        self._place = upload.place
        self._part_size = part_size
        self._scratch = scratch
        self._ledger = PartLedger(upload.place, upload.id)
        self._keeps_digests: bool | None = None

    def put(self, part: Part, body: BinaryIO) -> None:
        doing = f"cannot store part {part.number} of {self.key}"
        if part.size > self._part_size:
            raise StorageError(f"part {part.number} of {self.key} is larger than the upload's parts are")
        with disk_explained(doing), self._held() as held:
            digest, left = hashlib.sha256(), part.size
            while block := body.read(min(BLOCK, left)):
                digest.update(block)
                held.write(block)
                left -= len(block)
            if digest.hexdigest() != part.sha256:
                raise StorageError(f"{doing}: it is not what was sent: its checksum differs")
            self._refuse_ended()
            etag = self._upload.send(part, held)["ETag"]
        if not self._digest_is_kept(part.number):
            self._ledger.add(part, etag)

    def missing(self, parts: Sequence[Part]) -> list[Part]:
        return self._missing(parts, self._stored())

    def complete(self, parts: Sequence[Part]) -> None:
        refuse_other_parts(self.key, self._part_size, parts)
        self._refuse_ended()
        stored = self._stored()
        refuse_incomplete(self.key, parts, self._missing(parts, stored))
        self._upload.complete([stored[part.number] for part in parts])
        with suppress(StorageError):  # Notes of an upload that is done mean nothing.
            self._ledger.remove()

    def close(self) -> None:
        """Nothing is held."""

    def fits(self) -> bool:
        """Whether the parts that are there may be of this part size: all but the last have it."""
        sizes = sorted(part["Size"] for part in self._stored().values())
        return set(sizes[1:]) <= {self._part_size} and all(size <= self._part_size for size in sizes)

    def _refuse_ended(self) -> None:
        """Swift lets a part of an object be replaced once it is complete, and so be damaged. It keeps no
        digests; those who do answer NoSuchUpload."""
        if not self._keeps_digests and all(
            found.id != self.id for found in unfinished.of(self._place, self.key)
        ):
            raise EndedError(f"the upload of {self.key} was completed or aborted by another")

    def _held(self) -> "tempfile.SpooledTemporaryFile[bytes]":
        self._scratch.mkdir(parents=True, exist_ok=True)
        return tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(self._scratch))

    def _digest_is_kept(self, number: int) -> bool:
        if self._keeps_digests is None:
            with explained(f"cannot look for part {number} of {self.key}"):
                found = self._place.client.list_parts(
                    **self._upload.at, PartNumberMarker=number - 1, MaxParts=1
                )
            parts = found.get("Parts", [])
            self._keeps_digests = bool(parts) and all("ChecksumSHA256" in part for part in parts)
        return self._keeps_digests

    def _stored(self) -> "dict[int, PartTypeDef]":
        with explained(f"cannot look for the parts of {self.key}"):
            pages = self._place.client.get_paginator("list_parts").paginate(**self._upload.at)
            return {part["PartNumber"]: part for page in pages for part in page.get("Parts", ())}

    def _missing(self, parts: Sequence[Part], stored: "Mapping[int, PartTypeDef]") -> list[Part]:
        kept = all("ChecksumSHA256" in part for part in stored.values())
        entries = frozenset() if kept else self._ledger.read()
        return [part for part in parts if not self._has(part, stored, entries)]

    def _has(self, part: Part, stored: "Mapping[int, PartTypeDef]", entries: frozenset[str]) -> bool:
        found = stored.get(part.number)
        if found is None or found["Size"] != part.size:
            return False
        if "ChecksumSHA256" in found:
            return found["ChecksumSHA256"] == in_base64(part.sha256)
        return self._ledger.says(entries, part, found["ETag"])

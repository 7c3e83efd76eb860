"""One upload into a bucket: a multipart upload of S3, whose parts are known by their SHA-256."""

import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError

from pipeline.errors import StorageError
from pipeline.storage.durable import explained as disk_explained
from pipeline.storage.s3 import unfinished
from pipeline.storage.s3.checksum import BLOCK, in_base64
from pipeline.storage.s3.errors import ENDED, EndedError, again, code_of, explained
from pipeline.storage.s3.part_ledger import PartLedger
from pipeline.storage.s3.place import Place
from pipeline.storage.uploads import Part, refuse_incomplete, refuse_other_parts

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import PartTypeDef

IN_MEMORY = 32 << 20
"""Bytes of a part that are held in memory; more of it, for enormous masters, goes to a file."""


class S3Upload:
    """The multipart upload `id` of `key`, in parts of `part_size` bytes."""

    def __init__(self, place: Place, key: str, id: str, part_size: int, scratch: Path) -> None:  # noqa: A002
        self.key = key
        self.id = id
        self._place = place
        self._part_size = part_size
        self._scratch = scratch
        self._ledger = PartLedger(place, id)
        self._at: dict[str, Any] = {**place.at(key), "UploadId": id}
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
            self._store(part, held)

    def put_bytes(self, number: int, body: bytes) -> Part:
        """Store what is one part by definition."""
        part = Part(number, len(body), hashlib.sha256(body).hexdigest())
        self._store(part, io.BytesIO(body))
        return part

    def missing(self, parts: Sequence[Part]) -> list[Part]:
        return self._missing(parts, self._stored())

    def complete(self, parts: Sequence[Part]) -> None:
        refuse_other_parts(self.key, self._part_size, parts)
        self._refuse_ended()
        stored = self._stored()
        refuse_incomplete(self.key, parts, self._missing(parts, stored))
        self._complete([stored[part.number] for part in parts])
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

    def _store(self, part: Part, body: Any) -> None:
        self._refuse_ended()
        etag = self._send(part, body)
        if not self._digest_is_kept(part.number):
            self._ledger.add(part, etag)

    @again
    def _send(self, part: Part, body: Any) -> str:
        body.seek(0)
        with explained(f"cannot store part {part.number} of {self.key}"):
            said = self._at | self._place.checksum(part.sha256) | {"PartNumber": part.number}
            answer = self._place.client.upload_part(**said, Body=body, ContentLength=part.size)
        return answer["ETag"]

    def _digest_is_kept(self, number: int) -> bool:
        if self._keeps_digests is None:
            with explained(f"cannot look for part {number} of {self.key}"):
                found = self._place.client.list_parts(**self._at, PartNumberMarker=number - 1, MaxParts=1)
            self._keeps_digests = all("ChecksumSHA256" in part for part in found.get("Parts", ()))
        return self._keeps_digests

    def _stored(self) -> "dict[int, PartTypeDef]":
        with explained(f"cannot look for the parts of {self.key}"):
            pages = self._place.client.get_paginator("list_parts").paginate(**self._at)
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

    @again
    def _complete(self, stored: "Sequence[PartTypeDef]") -> None:
        named = ("PartNumber", "ETag", "ChecksumSHA256")
        parts: list[Any] = [{name: said for name, said in part.items() if name in named} for part in stored]
        with explained(f"cannot store {self.key}"):
            try:
                self._place.client.complete_multipart_upload(**self._at, MultipartUpload={"Parts": parts})
            except ClientError as error:
                if code_of(error) != ENDED or not self._is_there(stored):
                    raise

    def _is_there(self, stored: "Sequence[PartTypeDef]") -> bool:
        """Whether an earlier try to complete it succeeded, whose answer was lost: the entity tag of the whole
        then is an MD5 of those of its parts."""
        tags = "".join(part["ETag"].strip('"') for part in stored)
        try:
            whole = hashlib.md5(bytes.fromhex(tags), usedforsecurity=False).hexdigest()
            found = self._place.client.head_object(**self._place.at(self.key))
        except (ValueError, ClientError):  # The tags are of another kind, or there is no object.
            return False
        return found["ETag"].strip('"') == f"{whole}-{len(stored)}"

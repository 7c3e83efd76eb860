"""A multipart upload as S3 knows it: begun, given parts, and completed or aborted."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from botocore.exceptions import ClientError

from pipeline.storage.s3.errors import ENDED, EndedError, again, code_of, explained
from pipeline.storage.s3.headers import SHA256
from pipeline.storage.s3.place import Place
from pipeline.storage.uploads import Part

NAMED = ("PartNumber", "ETag", "ChecksumSHA256")
"""What completing an upload wants to know of each part."""


@dataclass(frozen=True)
class Multipart:
    """The upload `id` to `key`."""

    place: Place
    key: str
    id: str

    @classmethod
    def begin(cls, place: Place, key: str, sha256: str) -> "Multipart":
        """`sha256` is that of the whole, in hex, for readers to compare; empty where it is not known."""
        said = place.described(key) | ({"Metadata": {SHA256: sha256}} if sha256 else {})
        with explained(f"cannot begin to store {key}"):
            algorithm: dict[str, Any] = (
                {"ChecksumAlgorithm": "SHA256"} if place.connection.sends_checksums else {}
            )
            made = place.client.create_multipart_upload(**said, **algorithm)
        return cls(place, key, made["UploadId"])

    @property
    def at(self) -> dict[str, Any]:
        return {**self.place.at(self.key), "UploadId": self.id}

    @again
    def send(self, part: Part, body: IO[bytes]) -> dict[str, Any]:
        """Store all of `body` as that part; what there is to name of it."""
        body.seek(0)
        with explained(f"cannot store part {part.number} of {self.key}"):
            checksum = self.place.checksum(part.sha256)
            answer = self.place.client.upload_part(
                **self.at, PartNumber=part.number, Body=body, ContentLength=part.size, **checksum
            )
        return {"PartNumber": part.number, "ETag": answer["ETag"], **checksum}

    @again
    def complete(self, parts: Sequence[Mapping[str, Any]]) -> None:
        """Make these parts the object. They are as `send` or S3 named them, in order."""
        named: list[Any] = [{name: said for name, said in part.items() if name in NAMED} for part in parts]
        with explained(f"cannot store {self.key}"):
            try:
                self.place.client.complete_multipart_upload(**self.at, MultipartUpload={"Parts": named})
            except ClientError as error:
                if code_of(error) != ENDED or not self._is_there(named):
                    raise

    def abort(self) -> None:
        """No error where there is no such upload."""
        with suppress(EndedError), explained(f"cannot remove what was uploaded of {self.key}"):
            self.place.client.abort_multipart_upload(**self.at)

    def _is_there(self, parts: Sequence[Mapping[str, Any]]) -> bool:
        """Whether an earlier try to complete it succeeded, whose answer was lost: the entity tag of the whole
        then is an MD5 of those of its parts."""
        tags = "".join(part["ETag"].strip('"') for part in parts)
        try:
            whole = hashlib.md5(bytes.fromhex(tags), usedforsecurity=False).hexdigest()
            found = self.place.client.head_object(**self.place.at(self.key))
        except (ValueError, ClientError):  # The tags are of another kind, or there is no object.
            return False
        return found["ETag"].strip('"') == f"{whole}-{len(parts)}"

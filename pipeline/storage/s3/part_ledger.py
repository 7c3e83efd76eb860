"""What the parts of an upload are, kept by us on endpoints that do not keep the SHA-256 of parts themselves.

The entity tag of a part is no substitute: it is an MD5 on most endpoints and nothing known on others, and who
resumes an upload knows SHA-256 only. But it says which bytes are there, so the ledger says what those are.
"""

import hashlib
from collections.abc import Iterator
from urllib.parse import quote

from pipeline.storage.s3.errors import explained
from pipeline.storage.s3.headers import encrypted
from pipeline.storage.s3.place import Place
from pipeline.storage.uploads import Part

FOLDER = "uploads"
"""Entries whose upload is gone, which a lifecycle rule for this folder removes, mean nothing to anybody."""


class PartLedger:
    """Each entry is an empty object with all it says in its name: they are read by listing, none is ever
    changed, and writers that do not know of each other do not overwrite each other's."""

    def __init__(self, place: Place, upload: str) -> None:
        """`upload` is the id that S3 gave; it may be long, and of any characters."""
        self._place = place
        self._folder = f"{FOLDER}/{hashlib.sha256(upload.encode()).hexdigest()}"

    def add(self, part: Part, etag: str) -> None:
        with explained(f"cannot note part {part.number}"):
            self._place.client.put_object(
                **self._place.at(self._key(part, etag)), Body=b"", **encrypted(self._place.settings)
            )

    def read(self) -> frozenset[str]:
        return frozenset(self._names())

    def says(self, entries: frozenset[str], part: Part, etag: str) -> bool:
        """Whether the part with that entity tag has the bytes that `part` promises."""
        return self._key(part, etag) in entries

    def remove(self) -> None:
        """One by one: deleting many at once needs a checksum on which endpoints disagree."""
        with explained("cannot remove the notes of an upload"):
            for name in self.read():
                self._place.client.delete_object(**self._place.at(name))

    def _names(self) -> Iterator[str]:
        with explained("cannot read the notes of an upload"):
            pages = self._place.client.get_paginator("list_objects_v2")
            for page in pages.paginate(**self._place.below(self._folder)):
                yield from (self._place.key(found["Key"]) for found in page.get("Contents", ()))

    def _key(self, part: Part, etag: str) -> str:
        return f"{self._folder}/{part.number}-{part.sha256}-{quote(etag.strip(chr(34)), safe='')}"

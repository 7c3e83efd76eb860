"""Reading published objects of a bucket, a span at a time. Blocks the calling thread."""

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from pipeline.errors import StorageError
from pipeline.origin.bucket.facts import Facts
from pipeline.origin.content import BLOCK, SPAN, GoneError
from pipeline.storage.s3.errors import (
    MISSING,
    BrokenOffError,
    DamagedError,
    ReplacedError,
    again,
    code_of,
    explained,
    reading,
)
from pipeline.storage.s3.headers import PUBLISHED, digest_in, is_encoded
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.ranges import Pinned

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef

_EXTENT = re.compile(r"bytes \d+-\d+/(\d+)")


@dataclass(frozen=True)
class Reader:
    """The objects below `titles/`, by their paths there."""

    place: Place

    @again
    def look(self, path: str, known: Facts | None) -> tuple[Facts, bytes] | None:
        """What is there now and its first span, in one request; None if that is still what is `known`.

        Raises FileNotFoundError, OutageError, StorageError. A span that is the whole is checked against the
        SHA-256 that it was stored with.
        """
        doing = f"cannot read {path}"
        with explained(doing):
            try:
                answer = self._get(path, known)
            except ClientError as error:
                if code_of(error) in ("304", "NotModified"):
                    return None
                if code_of(error) in MISSING:
                    raise FileNotFoundError from None
                raise
        with closing(answer["Body"]) as body, reading(doing):
            span = body.read(SPAN * BLOCK)
        facts = _facts(answer)
        _check(path, facts, span)
        return facts, span

    @again
    def read(self, path: str, facts: Facts, blocks: range) -> bytes:
        """The bytes of these blocks of that version. Raises GoneError when another took its place."""
        start, end = blocks.start * BLOCK, min(blocks.stop * BLOCK, facts.size)
        try:
            pinned = Pinned(self.place, PUBLISHED + path, facts.size, facts.etag)
            return b"".join(pinned.blocks(start, end))
        except ReplacedError:
            raise GoneError from None
        except StorageError as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and code_of(cause) in MISSING:
                raise GoneError from None
            raise

    def _get(self, path: str, known: Facts | None) -> "GetObjectOutputTypeDef":
        """An empty object has no range that could be asked for (RFC 9110, section 15.5.17)."""
        try:
            wanted = self.place.at(PUBLISHED + path) | ({"IfNoneMatch": known.etag} if known else {})
        except StorageError:  # too long for any object
            raise FileNotFoundError from None
        try:
            return self.place.client.get_object(**wanted, Range=f"bytes=0-{SPAN * BLOCK - 1}")
        except ClientError as error:
            if code_of(error) in ("InvalidRange", "416"):
                return self.place.client.get_object(**wanted)
            raise


def _facts(answer: "GetObjectOutputTypeDef") -> Facts:
    extent = _EXTENT.fullmatch(answer.get("ContentRange", ""))
    return Facts(
        etag=answer["ETag"],
        size=int(extent[1]) if extent else answer["ContentLength"],
        sha256=digest_in(answer["Metadata"]) or "",
        gzipped=is_encoded(answer),
    )


def _check(path: str, facts: Facts, span: bytes) -> None:
    if len(span) != min(facts.size, SPAN * BLOCK):
        raise BrokenOffError(f"cannot read {path}: the answer broke off")
    if facts.sha256 and len(span) == facts.size and hashlib.sha256(span).hexdigest() != facts.sha256:
        raise DamagedError(f"cannot read {path}: it is not what was stored: its checksum differs")

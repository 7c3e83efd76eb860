"""Storage in a bucket."""

import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError

from pipeline.storage.base import Entry
from pipeline.storage.durable import explained as disk_explained
from pipeline.storage.location import Bucket
from pipeline.storage.s3.checksum import sha256_of
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.download import download
from pipeline.storage.s3.errors import MISSING, again, code_of, explained
from pipeline.storage.s3.headers import SHA256, digest_in, encoded, is_encoded, is_text
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.reader import RangedReader
from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.transfer import PART, send_file
from pipeline.storage.s3.uploads import S3Uploads

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import HeadObjectOutputTypeDef, ListObjectsV2OutputTypeDef

URL_SECONDS = 12 * 3600
"""For how long a URL can be read: longer than any step takes."""

MAX_URL_SECONDS = 7 * 24 * 3600
"""The limit of signature version 4. Credentials that are lent for less end a URL with them."""


class S3Storage:
    """Objects below the prefix of a bucket. S3 shows an object whole or not at all; that its bytes are those
    that were stored is checked when it is read, by the SHA-256 in its metadata.

    Nothing here is conditional: all writers of a key write the same, or the last is to win.
    """

    def __init__(self, place: Place, scratch: Path) -> None:
        self.place = place
        self.scratch = scratch
        self.uploads = S3Uploads(place, scratch)

    @classmethod
    def of(cls, bucket: Bucket, scratch: Path) -> "S3Storage":
        """Asks the endpoint nothing yet. Raises UsageError for settings that cannot be."""
        return cls(Place(Connection(S3Settings.load(), bucket.profile_file, bucket.profile), bucket), scratch)

    def put(self, key: str, body: bytes) -> None:
        stored, said = encoded(key, body)
        self._put(key, stored, hashlib.sha256(stored).hexdigest(), said)

    def put_file(self, key: str, path: Path) -> None:
        self.place.at(key)
        with disk_explained(f"cannot store {key}"):
            if path.stat().st_size > PART:
                send_file(self.place, key, path)
            else:
                self.put(key, path.read_bytes())
            path.unlink()

    @again
    def _put(self, key: str, body: bytes, digest: str, encoding: dict[str, str]) -> None:
        described = self.place.described(key) | encoding
        with explained(f"cannot store {key}"):
            said = described | self.place.checksum(digest)
            self.place.client.put_object(**said, Body=body, Metadata={SHA256: digest})

    def open(self, key: str) -> BinaryIO:
        return download(self.place, key, self.scratch)

    def head(self, key: str) -> Entry | None:
        found = self._head(key)
        return Entry(key, found["ContentLength"], _seconds(found["LastModified"])) if found else None

    def digest(self, key: str) -> str:
        """Without reading the object, unless it is encoded or was stored by others."""
        found = self._head(key)
        known = digest_in(found["Metadata"]) if found and not is_encoded(found) else None
        if known:
            return known
        with self.open(key) as file:
            return sha256_of(file)

    def _head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        at = self.place.at(key)
        with explained(f"cannot look for {key}"):
            try:
                return self.place.client.head_object(**at)
            except ClientError as error:
                if code_of(error) in MISSING:
                    return None
                raise

    def list(self, prefix: str) -> Iterator[Entry]:
        below = self.place.below(prefix)
        more: dict[str, str] = {}
        while True:
            page = self._page(prefix, below | more)
            for found in page.get("Contents", ()):
                yield Entry(self.place.key(found["Key"]), found["Size"], _seconds(found["LastModified"]))
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    @again
    def _page(self, prefix: str, arguments: dict[str, Any]) -> "ListObjectsV2OutputTypeDef":
        with explained(f"cannot list {prefix}"):
            return self.place.client.list_objects_v2(**arguments)

    def delete(self, key: str) -> None:
        at = self.place.at(key)
        with explained(f"cannot delete {key}"):
            try:
                self.place.client.delete_object(**at)
            except ClientError as error:
                if code_of(error) not in MISSING:
                    raise

    def url(self, key: str, seconds: int = URL_SECONDS) -> str:
        """A signed URL, to be kept secret, from which the object can be read for that many seconds; for seven
        days at most."""
        at = self.place.at(key)
        with explained(f"cannot sign for {key}"):
            return self.place.client.generate_presigned_url(
                "get_object", Params=at, ExpiresIn=min(seconds, MAX_URL_SECONDS)
            )

    def ranged(self, key: str) -> BinaryIO:
        """Like `open`, fetching only what is read, unless it is small text. See RangedReader."""
        if is_text(key):
            return self.open(key)
        return io.BufferedReader(RangedReader.open(self.place, key), 1 << 18)


def _seconds(moment: datetime) -> float:
    """Listings tell fractions of a second that headers do not."""
    return float(int(moment.timestamp()))

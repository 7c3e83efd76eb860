"""A folder of a bucket, as the client's arguments name it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import StorageError
from pipeline.storage.base import MAX_KEY, checked_key
from pipeline.storage.location import Bucket
from pipeline.storage.s3.checksum import in_base64
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.headers import describe
from pipeline.storage.s3.settings import S3Settings

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@dataclass(frozen=True)
class Place:
    """Where all keys of a storage lie, and the way there."""

    connection: Connection
    bucket: Bucket

    @property
    def client(self) -> "S3Client":
        return self.connection.client

    @property
    def settings(self) -> S3Settings:
        return self.connection.settings

    def at(self, key: str) -> dict[str, Any]:
        """Bucket and Key of an object. Raises StorageError if `key` is none."""
        name = self.bucket.prefix + checked_key(key)
        if len(name.encode()) > MAX_KEY:
            raise StorageError(f"{key[:80]!r} is not a storage key: too long below {self.bucket}")
        return {"Bucket": self.bucket.name, "Key": name}

    def below(self, prefix: str) -> dict[str, Any]:
        """Bucket and Prefix of all objects in a folder."""
        at = self.at(prefix)
        return {"Bucket": at["Bucket"], "Prefix": f"{at['Key']}/"}

    def described(self, key: str) -> dict[str, Any]:
        """Where an object is to be stored, and what is said of it there."""
        return self.at(key) | describe(key, self.settings)

    def checksum(self, digest: str) -> dict[str, Any]:
        """The argument by which the endpoint compares what arrives with a SHA-256 in hex. It is a header, not
        a trailer, which only the newest endpoints take."""
        return {"ChecksumSHA256": in_base64(digest)} if self.connection.sends_checksums else {}

    def key(self, name: str) -> str:
        """The storage's key of an object of that name in the bucket."""
        return name.removeprefix(self.bucket.prefix)

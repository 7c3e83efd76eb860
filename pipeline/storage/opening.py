"""The storage that a location names."""

from pathlib import Path

from pipeline.storage.base import Storage
from pipeline.storage.local import LocalStorage
from pipeline.storage.location import Bucket, Location


def open_storage(location: Location, scratch: Path) -> Storage:
    """`scratch` is a folder of this machine for half-made files, on the disk of a location that is a folder.
    Raises StorageError where the storage cannot be used; a bucket is asked nothing yet."""
    if isinstance(location, Bucket):
        # boto3 takes a third of a second to load, which commands on folders do not need.
        from pipeline.storage.s3.storage import S3Storage

        return S3Storage.of(location, scratch)
    return LocalStorage(location, scratch)

"""The storage that a location names."""

from pathlib import Path

from pipeline.errors import UsageError
from pipeline.storage.base import Storage
from pipeline.storage.local import LocalStorage
from pipeline.storage.location import Bucket, Location


def open_storage(location: Location, scratch: Path) -> Storage:
    """`scratch` is a folder of this machine for half-made files, on the disk of a location that is a folder.
    Raises StorageError where the storage cannot be used."""
    if isinstance(location, Bucket):
        raise UsageError(f"{location}: buckets are to come")
    return LocalStorage(location, scratch)

"""The published files of a site, wherever they are."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from pipeline.errors import StorageError
from pipeline.origin.blocks import BlockCache
from pipeline.origin.bucket.disk import DiskCache
from pipeline.origin.bucket.objects import Objects
from pipeline.origin.bucket.reader import Reader
from pipeline.origin.bucket.source import BucketSource
from pipeline.origin.bucket.upstream import SETTINGS, Upstream
from pipeline.origin.cache import ResourceCache
from pipeline.origin.files import FileServer
from pipeline.origin.folder import Folder
from pipeline.origin.folder_source import FolderSource
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.tally import Tally
from pipeline.storage.location import Bucket
from pipeline.storage.published import cache_control
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.place import Place

MOST_PATHS = 1 << 20
"""Of a bucket, whose files are not held open: memory is the limit."""

Check = Callable[[], Coroutine[Any, Any, object]]
"""Raises StorageError where it is not as it should be."""


@dataclass(frozen=True)
class Media:
    """`check` asks whether they can be read."""

    files: FileServer
    blocks: BlockCache
    tally: Tally
    check: Check


def open_media(settings: MediaSettings, root: Path) -> Media:
    """A bucket is asked nothing yet; what is kept of it is below `root`, a folder of this machine. A quarter
    of the memory is for playlists and what is known of paths."""
    storage, tally = settings.storage, Tally()
    blocks = BlockCache(settings.memory * 3 // 4, tally)
    room = settings.memory // 4
    if isinstance(storage, Bucket):
        objects = _objects(storage, root / "cache" / "origin", settings.disk, tally)
        resources = ResourceCache(
            BucketSource(objects, cache_control), blocks, capacity=MOST_PATHS, room=room
        )
        return Media(FileServer(resources, blocks), blocks, tally, objects.check)

    async def check() -> None:
        if not await asyncio.to_thread(storage.is_dir):
            raise StorageError(f"{storage}: no such folder")

    resources = ResourceCache(FolderSource(Folder(storage / "titles"), cache_control), blocks, room=room)
    return Media(FileServer(resources, blocks), blocks, tally, check)


def _objects(bucket: Bucket, cache: Path, disk: int, tally: Tally) -> Objects:
    place = Place(Connection(SETTINGS, bucket.profile_file), bucket)
    # A client takes a tenth of a second to make, and each of the first requests would make its own.
    with suppress(BotoCoreError):  # That will be told when it is needed.
        _ = place.client
    return Objects(Reader(place), Upstream(tally), DiskCache(cache, disk) if disk else None, tally)

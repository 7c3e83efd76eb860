"""The published files of a site, wherever they are."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
from pipeline.origin.presigning.source import PresignedSource, SignKey, is_rewritten, until_the_hour
from pipeline.origin.tally import Tally
from pipeline.storage.location import Bucket
from pipeline.storage.published import cache_control
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.storage import S3Storage

MOST_PATHS = 1 << 20
"""Of a bucket, whose files are not held open: memory is the limit."""

Check = Callable[[], Coroutine[Any, Any, object]]
"""Raises StorageError where it is not as it should be."""


@dataclass(frozen=True)
class Media:
    """`check` asks whether they can be read. `presigned` are manifests that lead straight to the bucket,
    where that is wanted, and `site` is then where they lead."""

    files: FileServer
    blocks: BlockCache
    tally: Tally
    check: Check
    presigned: FileServer | None = None
    site: str = ""

    def at(self, path: str, expires: int | None) -> tuple[FileServer, str]:
        """Who has the file at relative `path`, and as what, for somebody whose link expires then, if it is
        one that manifests may be presigned for."""
        if self.presigned is None or expires is None or not is_rewritten(path):
            return self.files, path
        return self.presigned, until_the_hour(expires, path)


def open_media(settings: MediaSettings, root: Path, *, presigned: bool = False) -> Media:
    """A bucket is asked nothing yet; what is kept of it is below `root`, a folder of this machine. A quarter
    of the memory is for playlists and what is known of paths. Of a bucket, manifests may be `presigned`."""
    storage, tally = settings.storage, Tally()
    blocks = BlockCache(settings.memory * 3 // 4, tally)
    room = settings.memory // 4
    if isinstance(storage, Bucket):
        place = _place(storage)
        objects = _objects(place, root / "cache" / "origin", settings.disk, tally)
        resources = ResourceCache(
            BucketSource(objects, cache_control), blocks, capacity=MOST_PATHS, room=room
        )
        media = Media(FileServer(resources, blocks), blocks, tally, objects.check)
        sign = S3Storage(place, root / "tmp").url
        return _presigned(media, resources, sign, room) if presigned else media

    async def check() -> None:
        if not await asyncio.to_thread(storage.is_dir):
            raise StorageError(f"{storage}: no such folder")

    resources = ResourceCache(FolderSource(Folder(storage / "titles"), cache_control), blocks, room=room)
    return Media(FileServer(resources, blocks), blocks, tally, check)


def _place(bucket: Bucket) -> Place:
    place = Place(Connection(SETTINGS, bucket.profile_file), bucket)
    # A client takes a tenth of a second to make, and each of the first requests would make its own.
    with suppress(BotoCoreError):  # That will be told when it is needed.
        _ = place.client
    return place


def _objects(place: Place, cache: Path, disk: int, tally: Tally) -> Objects:
    return Objects(Reader(place), Upstream(tally), DiskCache(cache, disk) if disk else None, tally)


def _presigned(media: Media, resources: ResourceCache, sign: SignKey, room: int) -> Media:
    manifests = ResourceCache(PresignedSource(resources, sign), media.blocks, capacity=MOST_PATHS, room=room)
    with suppress(StorageError):  # As above.
        scheme, host, *_ = urlsplit(sign("titles/x", 1))
        media = replace(media, site=f"{scheme}://{host}")
    return replace(media, presigned=FileServer(manifests, media.blocks))

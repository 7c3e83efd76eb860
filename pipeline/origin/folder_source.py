"""A folder as the source of published files."""

import asyncio
from collections.abc import Callable

from pipeline.origin.folder import Folder
from pipeline.origin.resource import Loaded, Resource, load
from pipeline.storage.mediatypes import media_type

TOGETHER = 4
"""Files that are looked at together. Threads take what there is to read faster than the event loop takes what
they read: of 2,000 at once, more than a gigabyte lay between them."""


class FolderSource:
    """The files of `folder`. Opening one again notices a new manifest without reading the old one: their
    identities differ. `cache_control` gives the Cache-Control of a relative path."""

    missing_seconds = 0.0
    stale_seconds = 0.0
    patience = 0.0

    def __init__(self, folder: Folder, cache_control: Callable[[str], str]) -> None:
        self._folder = folder
        self._cache_control = cache_control
        self._turns = asyncio.Semaphore(TOGETHER)

    def fresh_seconds(self, _: str) -> float:
        return 1.0

    async def look(self, path: str, known: Resource | None) -> Loaded:
        async with self._turns:
            return await asyncio.to_thread(self._look, path, known)

    async def recall(self, _: str) -> None:
        return None

    def _look(self, path: str, known: Resource | None) -> Loaded:
        kind = media_type(path)
        if kind is None:
            raise FileNotFoundError
        file = self._folder.open(path)
        if known is not None and known.identity == file.identity:
            return Loaded(known, [])
        return load(file, kind, self._cache_control(path).encode())

"""An origin in front of a bucket, with what lies between them in the test's hands."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from asking import ask_with

from pipeline.origin.blocks import BlockCache
from pipeline.origin.bucket.breaker import Breaker
from pipeline.origin.bucket.disk import DiskCache
from pipeline.origin.bucket.objects import Objects
from pipeline.origin.bucket.reader import Reader
from pipeline.origin.bucket.source import BucketSource
from pipeline.origin.bucket.upstream import Upstream
from pipeline.origin.cache import ResourceCache
from pipeline.origin.files import FileServer
from pipeline.origin.tally import Tally
from pipeline.storage.location import Bucket
from pipeline.storage.published import cache_control
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.storage import S3Storage
from tests.support.s3 import server
from tests.support.s3_faults import FaultyProxy, faulty_proxy

ONCE = S3Settings(timeout=8.0, attempts=1)


class Clock:
    """Stands still unless it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Origin:
    """`disk` is the capacity of the cache in `folder`, in bytes."""

    bucket: Bucket
    folder: Path
    clock: Clock = field(default_factory=Clock)
    disk: int = 0
    memory: int = 64 << 20

    def __post_init__(self) -> None:
        self.tally = Tally()
        self.upstream = Upstream(self.tally, Breaker(self.clock))
        self.cache = DiskCache(self.folder / "cache", self.disk) if self.disk else None
        reader = Reader(Place(_connection(self.bucket.profile_file), self.bucket))
        self.objects = Objects(reader, self.upstream, self.cache, self.tally)
        self.blocks = BlockCache(self.memory, self.tally)
        source = BucketSource(self.objects, cache_control)
        self.resources = ResourceCache(source, self.blocks, capacity=1000, now=self.clock)
        self.files = FileServer(self.resources, self.blocks)
        self.ask = ask_with(self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.files.respond(scope["path"].removeprefix("/"), scope, send, receive)

    def ask_together(self, *paths: str) -> list[httpx.Response]:
        async def asked() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self)
            async with httpx.AsyncClient(transport=transport, base_url="http://origin") as client:
                return await asyncio.gather(*map(client.get, paths))

        return asyncio.run(asked())


@cache
def _connection(profile: Path | None) -> Connection:
    """Made once, for that takes a tenth of a second."""
    return Connection(ONCE, profile)


@dataclass
class Bench:
    """A bucket with a proxy before it. `storage` goes past the proxy."""

    bucket: Bucket
    storage: S3Storage
    proxy: FaultyProxy
    folder: Path

    def origin(self, **settings: Any) -> Origin:
        return Origin(self.bucket, self.folder, **settings)

    def publish(self, path: str, body: bytes) -> None:
        self.storage.put(f"titles/{path}", body)

    def asked(self) -> int:
        """How many requests came to S3 since the last call."""
        count = len(self.proxy.requests)
        self.proxy.requests.clear()
        return count


@contextmanager
def bench_of(name: str, folder: Path) -> Iterator[Bench]:
    direct = server(name)
    storage = direct.storage(folder)
    with faulty_proxy(direct.url) as proxy:
        seen = replace(storage.place.bucket, profile_file=direct.behind(proxy.url, folder).profile)
        yield Bench(seen, storage, proxy, folder)

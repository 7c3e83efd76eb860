"""Asking an origin in process: its application, or over a connection to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from pipeline.origin.limits import LIMITS, Limits
from pipeline.origin.origin import Origin
from pipeline.origin.worker import Worker

Ask = Callable[..., httpx.Response]

SEGMENT = bytes(range(256)) * 2400
"""Nine whole blocks and a part: 614 400 bytes, in which every place can be told from its neighbours."""

PLAYLIST = b"#EXTM3U\n" + b"#EXTINF:4,\nseg-00001.m4s\n" * 50


def ask_with(app: ASGIApp) -> Ask:
    """Return `ask(path, method="GET", **headers)`; an underscore in a header's name is a hyphen."""

    async def asked(path: str, method: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://origin") as client:
            client.headers.clear()
            return await client.request(method, path, headers=headers)

    return _asking(asked)


def ask_twice(origin: Origin) -> Ask:
    """The same over a connection, by which the file was asked for just before: it is in memory."""

    async def asked(path: str, method: str, headers: dict[str, str]) -> httpx.Response:
        async with listening(origin) as (_, port), connected(port) as wire:
            wire.ask(path)
            await wire.answer()
            wire.ask(path, method, headers)
            return await wire.answer(method)

    return _asking(asked)


class Wire:
    """A connection to an origin, by which requests are sent as they are written."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> None:
        lines = [f"{method} {httpx.URL(path).raw_path.decode()} HTTP/1.1", "Host: origin"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    async def answer(self, method: str = "GET") -> httpx.Response:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.rstrip().split("\r\n")
        fields = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        length = int(dict(fields).get("content-length", "0")) if method != "HEAD" else 0
        body = await self.reader.readexactly(length)
        return httpx.Response(int(first.split()[1]), headers=fields, content=body)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def _asking(asked: Callable[[str, str, dict[str, str]], Coroutine[None, None, httpx.Response]]) -> Ask:
    def ask(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return asyncio.run(asked(path, method, named))

    return ask


@asynccontextmanager
async def listening(origin: Origin, limits: Limits = LIMITS) -> AsyncIterator[tuple[Worker, int]]:
    """A worker that does not stop by itself, and its port."""
    worker = Worker(origin, limits, until=-1, delay=0, drain=1)
    server = await asyncio.get_running_loop().create_server(worker.connection, "127.0.0.1", 0)
    async with server:
        yield worker, server.sockets[0].getsockname()[1]


def open_files() -> int:
    """Count the descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))

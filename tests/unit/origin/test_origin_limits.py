"""What one client may take: everything beyond is refused, and its connection closed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from asking import Wire, connected, listening

from pipeline.origin.app import create_app
from pipeline.origin.guarded import GuardedProtocol
from pipeline.origin.limits import LIMITS, Limits
from pipeline.origin.worker import Worker

MASTER = "/titles/bird/master.m3u8"
GET = f"GET {MASTER} HTTP/1.1\r\nHost: origin\r\n".encode()
POST = b"POST /api/tokens HTTP/1.1\r\nHost: origin\r\n"


@asynccontextmanager
async def served(root: Path, limits: Limits = LIMITS) -> AsyncIterator[tuple[Worker, Wire]]:
    async with (
        asyncio.timeout(20),
        listening(create_app(root, list), limits) as (worker, port),
        connected(port) as wire,
    ):
        yield worker, wire


async def taken(worker: Worker) -> GuardedProtocol:
    """The only connection, once it is taken."""
    while not worker.server_state.connections:
        await asyncio.sleep(0)
    (connection,) = worker.server_state.connections
    assert isinstance(connection, GuardedProtocol)
    return connection


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: origin\r\n\r\n", 414),
        (b"GET /" + b"a" * 40_000, 414),
        (GET + b"Cookie: " + b"a" * 33_000 + b"\r\n\r\n", 431),
        (GET + b"Cookie: " + b"a" * 33_000, 431),
        (GET + b"a: b\r\n" * 100 + b"\r\n", 431),
        (GET + b"Content-Length: 65537\r\n\r\n", 413),
        (GET + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
        (GET + b"Transfer-Encoding: chunked\r\n\r\n10001\r\n" + b"a" * 65537, 413),
        (GET + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (GET + b"Host: elsewhere\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : origin\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", 400),
    ],
)
def test_requests_that_are_refused(root, request_, status):
    async def asking() -> None:
        async with served(root) as (_, wire):
            wire.writer.write(request_)
            answer = await wire.answer()
            assert answer.status_code == status
            assert answer.headers["connection"] == "close"
            assert answer.headers["cache-control"] == "no-store"
            assert await wire.reader.read() == b""

    asyncio.run(asking())


def test_what_an_honest_request_may_have(root):
    async def asking() -> None:
        async with served(root) as (_, wire):
            wire.ask(f"{MASTER}?{'a' * 8000}", headers={"Cookie": "a" * 30_000})
            assert (await wire.answer()).status_code == 200
            wire.writer.write(GET + b"a: b\r\n" * 98 + b"\r\n")
            assert (await wire.answer()).status_code == 200

    asyncio.run(asking())


@pytest.mark.parametrize(
    "sent",
    [b"GET / HT", GET + b"X-Slow: ", POST + b"Content-Length: 9\r\n\r\n{"],
    ids=["line", "field", "body"],
)
def test_a_request_that_does_not_end_is_waited_for_so_long(root, sent):
    async def asking() -> None:
        async with served(root) as (worker, wire):
            wire.writer.write(sent)
            connection = await taken(worker)
            while not connection.receiving:
                await asyncio.sleep(0)
            while connection.is_answering:
                await asyncio.sleep(0)
            now = asyncio.get_running_loop().time()
            connection.check(now + 19)
            assert not connection.transport.is_closing()
            connection.check(now + 21)
            await wire.reader.read()
            assert connection.transport.is_closing()

    asyncio.run(asking())


def test_each_byte_does_not_begin_the_time_anew(root):
    async def asking() -> None:
        async with served(root) as (worker, wire):
            connection = await taken(worker)
            for byte in GET:
                wire.writer.write(bytes([byte]))
                await wire.writer.drain()
                await asyncio.sleep(0)
            while not connection.receiving:
                await asyncio.sleep(0)
            connection.check(asyncio.get_running_loop().time() + 21)
            # What it had not read yet makes the end of the connection a reset.
            with contextlib.suppress(ConnectionResetError):
                assert await wire.reader.read() == b""
            assert connection.transport.is_closing()

    asyncio.run(asking())


def test_who_asks_for_nothing_is_let_go(root):
    async def asking() -> None:
        async with served(root) as (worker, wire):
            for _ in range(2):
                wire.ask(MASTER)
                await wire.answer()
            connection, now = await taken(worker), asyncio.get_running_loop().time()
            connection.check(now + 74)
            assert not connection.transport.is_closing()
            connection.check(now + 76)
            assert await wire.reader.read() == b""

    asyncio.run(asking())


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=1-"}], ids=["the short way", "the application"])
def test_who_takes_nothing_is_cut_and_who_is_slow_is_not(root, headers):
    (root / "titles/bird/film.mp4").write_bytes(bytes(32 << 20))

    async def asking() -> None:
        async with served(root) as (worker, wire):
            wire.ask("/titles/bird/film.mp4", headers={"Range": "bytes=0-0"})
            await wire.answer()
            wire.ask("/titles/bird/film.mp4", headers=headers)
            connection = await taken(worker)
            while not connection.flow.write_paused:
                await asyncio.sleep(0)
            now = asyncio.get_running_loop().time()
            for _ in range(3):
                connection.check(now)
                before = connection.transport.get_write_buffer_size()
                while connection.transport.get_write_buffer_size() == before:
                    await wire.reader.read(65_536)
                now += 119
            assert not connection.transport.is_closing()
            # The system still passes on what it has.
            while not connection.transport.is_closing():
                connection.check(now)
                now += 121
                await asyncio.sleep(0)

    asyncio.run(asking())


def test_one_connection_too_many(root):
    async def asking() -> None:
        async with served(root, Limits(connections=1)) as (worker, wire):
            await taken(worker)
            async with connected(wire.writer.get_extra_info("peername")[1]) as other:
                assert (await other.answer()).status_code == 503
            wire.ask(MASTER)
            assert (await wire.answer()).status_code == 200

    asyncio.run(asking())


def test_a_reader_that_only_asks_is_answered_one_at_a_time(root):
    (root / "titles/bird/long.m3u8").write_bytes(b"#EXTM3U\n" * 8000)
    request = b"GET /titles/bird/long.m3u8 HTTP/1.1\r\nHost: origin\r\n\r\n"

    async def asking() -> None:
        async with served(root) as (worker, wire):
            wire.writer.write(request)
            await wire.answer()
            wire.writer.write(request * 400)
            connection = await taken(worker)
            while not connection.flow.read_paused:
                await asyncio.sleep(0)
            assert connection.transport.get_write_buffer_size() < 200_000
            for _ in range(400):
                assert len((await wire.answer()).content) == 64_000

    asyncio.run(asking())

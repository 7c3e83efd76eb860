"""Stopping under load, and readers that are slow, over real connections to real processes."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from test_origin_server import REPOSITORY, ask, wait_until_healthy

from tests.support.broker import free_port
from tests.support.clients import Tally, keep_asking, memory, request

PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from pipeline.origin.app import create_app
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.server import Stopping, serve
root, port, delay, drain = Path(sys.argv[1]), *map(int, sys.argv[2:])
make = partial(create_app, root, list, published=MediaSettings(root, memory=48 << 20))
serve(make, port=port, workers=2, stopping=Stopping(delay, drain))
"""
PLAYLIST = "/titles/bird/master.m3u8"
MIB = 1 << 20


@dataclass
class Running:
    port: int
    child: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.child.send_signal(signal.SIGTERM)


@pytest.fixture
def times() -> tuple[int, int]:
    """Delay and drain."""
    return 0, 20


@pytest.fixture
def server(root: Path, times: tuple[int, int]) -> Iterator[Running]:
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(root), str(port), *map(str, times)]
    child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_until_healthy(port, child)
        yield Running(port, child)
    finally:
        child.terminate()
        child.communicate(timeout=40)


def film(root: Path, number: int, size: int) -> str:
    """A file in which every MiB is another."""
    path = root / f"titles/bird/v/7f3a/film-{number}.mp4"
    path.write_bytes(b"".join(bytes([number, each]) * (MIB // 2) for each in range(size)))
    return f"/titles/bird/v/7f3a/{path.name}"


def test_no_request_is_cut_when_it_stops_under_load(server: Running, segment: str) -> None:
    tally = Tally()

    async def loaded() -> None:
        async with asyncio.TaskGroup() as clients:
            for path in (PLAYLIST, segment) * 4:
                clients.create_task(keep_asking(server.port, path, tally))
                clients.create_task(keep_asking(server.port, path, tally, anew=True))
            while tally.whole < 500:
                await asyncio.sleep(0.001)
            server.stop()

    asyncio.run(loaded())
    output, _ = server.child.communicate(timeout=20)
    assert (server.child.returncode, output) == (0, b"")
    assert tally.whole >= 500
    assert tally.cut == 0


def test_who_is_reading_gets_the_rest(server: Running, root: Path) -> None:
    path = film(root, 1, 12)

    async def reading() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
        writer.write(request(path))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        server.stop()
        while not await refused(server.port):
            await asyncio.sleep(0.01)
        assert await reader.readexactly(12 * MIB) == (root / path[1:]).read_bytes()
        assert await reader.read() == b""
        writer.close()

    asyncio.run(reading())
    assert server.child.wait(20) == 0


@pytest.mark.parametrize("times", [(0, 1)])
def test_who_reads_nothing_does_not_hold_it_up_for_ever(server: Running, root: Path) -> None:
    path = film(root, 1, 12)

    async def reading() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
        writer.write(request(path))
        await reader.readuntil(b"\r\n\r\n")
        server.stop()
        assert await asyncio.to_thread(server.child.wait, 20) == 0
        writer.transport.abort()

    asyncio.run(reading())


@pytest.mark.parametrize("times", [(60, 1)])
def test_while_it_says_that_it_will_stop_it_serves_on(server: Running) -> None:
    assert ask(server.port, "/readyz")[::2] == (200, b"ready\n")
    for pid in workers(server):
        psutil.Process(pid).send_signal(signal.SIGTERM)
    while ask(server.port, "/readyz")[::2] != (503, b"not ready: stopping\n"):
        pass
    assert ask(server.port, PLAYLIST)[0] == 200
    for pid in workers(server):
        psutil.Process(pid).kill()


def test_a_worker_that_dies_is_replaced(server: Running) -> None:
    before = workers(server)
    psutil.Process(before[0]).kill()
    while len(set(workers(server)) - set(before)) != 1:
        assert ask(server.port, PLAYLIST)[0] == 200


def workers(server: Running) -> list[int]:
    return [each.pid for each in psutil.Process(server.child.pid).children()]


async def refused(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


def test_slow_readers_cost_little_and_get_all(server: Running, root: Path) -> None:
    """More at a time than the caches hold."""
    paths = [film(root, number, 4) for number in range(24)]
    contents = [(root / path[1:]).read_bytes() for path in paths]
    before = memory(server.child.pid)

    async def reading() -> None:
        readers = []
        for number in range(240):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
            writer.write(request(paths[number % len(paths)]))
            await reader.readuntil(b"\r\n\r\n")
            readers.append((reader, writer, contents[number % len(paths)]))
        assert memory(server.child.pid) - before < (96 + 240 * 0.2) * MIB
        for reader, writer, content in readers:
            assert await reader.readexactly(len(content)) == content
            writer.close()

    asyncio.run(reading())

"""The short way: what takes it, in which order answers go out, and what a slow reader costs."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from asking import PLAYLIST, SEGMENT, Wire, connected, listening

from pipeline.origin.access import Access
from pipeline.origin.app import create_app
from pipeline.origin.content import BLOCK
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.origin import Origin
from pipeline.origin.worker import Worker

MASTER = "/titles/bird/master.m3u8"


class Counted:
    """An origin whose application counts what reaches it."""

    def __init__(self, origin: Origin) -> None:
        self.asked: list[str] = []
        self._origin = origin
        self.origin = replace(origin, application=self._application)

    async def _application(self, scope, receive, send) -> None:
        self.asked.append(f"{scope['method']} {scope['path']}")
        await self._origin.application(scope, receive, send)


@pytest.fixture
def counted(root: Path) -> Counted:
    return Counted(create_app(root, list))


@asynccontextmanager
async def wire_to(origin: Origin) -> AsyncIterator[tuple[Worker, Wire]]:
    async with asyncio.timeout(20), listening(origin) as (worker, port), connected(port) as wire:
        yield worker, wire


def test_what_is_in_memory_needs_no_application(counted, segment):
    async def asking() -> None:
        async with wire_to(counted.origin) as (_, wire):
            for path, body in ((MASTER, PLAYLIST), (segment, SEGMENT)) * 3:
                wire.ask(path)
                assert (await wire.answer()).content == body
            wire.ask(f"{MASTER}?CMCD=bl%3D100", headers={"Accept-Encoding": "gzip", "User-Agent": "player"})
            assert (await wire.answer()).content == PLAYLIST

    asyncio.run(asking())
    assert counted.asked == [f"GET {MASTER}", f"GET {segment}"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("OPTIONS", {}),
        ("GET", {"Range": "bytes=0-1"}),
        ("GET", {"If-None-Match": "*"}),
        ("GET", {"If-Match": "*"}),
        ("GET", {"Connection": "close"}),
        ("GET", {"Content-Length": "0"}),
    ],
)
def test_what_is_not_plain_is_the_applications(counted, method, headers):
    async def asking() -> None:
        async with wire_to(counted.origin) as (_, wire):
            wire.ask(MASTER)
            await wire.answer()
            wire.ask(MASTER, method, headers)
            await wire.answer(method)

    asyncio.run(asking())
    assert counted.asked == [f"GET {MASTER}", f"{method} {MASTER}"]


def test_where_a_link_is_needed_there_is_no_short_way(root):
    assert create_app(root, list, access=Access(dict)).express is not None
    assert create_app(root, list, access=Access(dict, "signed")).express is None


def test_answers_come_in_the_order_of_requests(counted, segment):
    asked = [
        (MASTER, "GET", {}),
        (segment, "GET", {}),
        (MASTER, "GET", {}),
        (segment, "HEAD", {}),
        ("/titles/none.mp4", "GET", {}),
        (segment, "GET", {"Range": "bytes=256-259"}),
        (segment, "GET", {}),
        (segment, "GET", {}),
        (MASTER, "GET", {}),
    ]

    async def asking() -> list[tuple[int, bytes]]:
        async with wire_to(counted.origin) as (_, wire):
            for path in (MASTER, segment):
                wire.ask(path)
                await wire.answer()
            for path, method, headers in asked:
                wire.ask(path, method, headers)
            answers = [await wire.answer(method) for _, method, _ in asked]
            return [(answer.status_code, answer.content) for answer in answers]

    assert asyncio.run(asking()) == [
        (200, PLAYLIST),
        (200, SEGMENT),
        (200, PLAYLIST),
        (200, b""),
        (404, b"Not found\n"),
        (206, b"\0\1\2\3"),
        (200, SEGMENT),
        (200, SEGMENT),
        (200, PLAYLIST),
    ]


def large(root: Path) -> tuple[str, bytes]:
    """A file that no buffer of the system takes whole."""
    content = os.urandom(1 << 20) * 12
    (root / "titles/bird/v/7f3a/film.mp4").write_bytes(content)
    return "/titles/bird/v/7f3a/film.mp4", content


async def stuck(worker: Worker) -> None:
    """Until the only connection waits for its reader."""
    while not [each for each in worker.server_state.connections if each.flow.write_paused]:
        await asyncio.sleep(0)


LITTLE = 4 << 20
"""Memory in which a span of a file has room, and the file has not."""


@pytest.mark.parametrize("memory", [64 << 20, LITTLE])
def test_a_slow_reader_holds_a_block_and_gets_the_whole(root, memory):
    path, content = large(root)
    counted = Counted(create_app(root, list, published=MediaSettings(root, memory=memory)))

    async def asking() -> None:
        async with wire_to(counted.origin) as (worker, wire):
            wire.ask(path, headers={"Range": "bytes=0-0"})
            await wire.answer()
            wire.ask(path)
            await stuck(worker)
            (connection,) = worker.server_state.connections
            assert 0 < connection.transport.get_write_buffer_size() <= BLOCK
            assert (await wire.answer()).content == content
            wire.ask(MASTER)
            assert (await wire.answer()).content == PLAYLIST

    asyncio.run(asking())
    # To ask for a part had it looked for.
    assert counted.asked == [f"GET {path}", f"GET {MASTER}"]


def test_a_file_that_cannot_be_read_on_is_cut_and_not_passed_for_whole(root):
    path, _ = large(root)
    origin = create_app(root, list, published=MediaSettings(root, memory=LITTLE))

    async def asking() -> None:
        async with wire_to(origin) as (worker, wire):
            wire.ask(path, headers={"Range": "bytes=0-0"})
            await wire.answer()
            wire.ask(path)
            await stuck(worker)
            os.truncate(root / path[1:], BLOCK)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await wire.answer()

    asyncio.run(asking())


def test_who_goes_away_leaves_nothing_behind(root):
    path, _ = large(root)
    origin = create_app(root, list, published=MediaSettings(root, memory=LITTLE))

    async def asking() -> None:
        async with asyncio.timeout(20), listening(origin) as (worker, port):
            async with connected(port) as wire:
                wire.ask(path, headers={"Range": "bytes=0-0"})
                await wire.answer()
                wire.ask(path)
                await stuck(worker)
                wire.writer.transport.abort()
            while worker.server_state.connections or len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)

    asyncio.run(asking())

"""How an origin reads a bucket: once, as much as its clients take, and never two versions as one."""

import asyncio
import random
from typing import Any

import pytest
from bucketing import Bench, Clock, Origin

from pipeline.origin.content import BLOCK, GoneError
from tests.support.s3_faults import always

FILM = "bird/v/7f3a/seg-00001.m4s"
MASTER = "bird/master.m3u8"
MIB = 1 << 20


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def origin(bench: Bench, clock: Clock) -> Origin:
    return bench.origin(clock=clock)


class Client:
    """One that takes its answer piece by piece."""

    def __init__(self, origin: Origin, path: str, **headers: str) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.taken = asyncio.Semaphore(0)
        self.left = asyncio.Event()
        fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": f"/{path}", "headers": fields}
        self.answered = asyncio.create_task(origin(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        """What is sent to nobody is never refused, and does not wait: servers are like that."""
        if message["type"] == "http.response.body" and not self.left.is_set():
            self.pieces.put_nowait(message.get("body", b""))
            await self.taken.acquire()

    async def take(self, count: int) -> bytes:
        taken = b""
        for _ in range(count):
            taken += await self.pieces.get()
            self.taken.release()
        return taken


async def until(condition: Any) -> None:
    """Fails by the test's own limit."""
    while not condition():
        await asyncio.sleep(0)


async def quiet(origin: Origin) -> None:
    """Until no block is being read, and what follows from that has happened."""
    await until(lambda: origin.upstream.silence > 0 and not origin.blocks._reading)
    for _ in range(10):
        await asyncio.sleep(0)


def film(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def test_a_segment_is_one_request(bench, origin):
    bench.publish(FILM, film(1, MIB))
    bench.asked()
    assert origin.ask(FILM).content == film(1, MIB)
    assert bench.asked() == 1
    assert origin.ask(FILM, Range="bytes=7-").content == film(1, MIB)[7:]
    assert bench.asked() == 0


def test_thirty_clients_at_once_are_one_request_a_span(bench, origin):
    bench.publish(FILM, film(2, 3 * MIB))
    bench.asked()
    answers = origin.ask_together(*[FILM] * 30)
    assert {answer.content for answer in answers} == {film(2, 3 * MIB)}
    assert bench.asked() == 3
    assert origin.tally.requests == 3
    assert origin.tally.bytes == 3 * MIB
    assert origin.tally.coalesced > 30


def test_a_path_that_is_missing_is_asked_for_once_a_second(bench, origin, clock):
    assert {a.status_code for a in origin.ask_together(*["bird/none.m4s"] * 50)} == {404}
    assert bench.asked() == 1
    clock.now += 0.9
    assert origin.ask("bird/none.m4s").status_code == 404
    assert bench.asked() == 0
    bench.publish("bird/none.m4s", b"there")
    clock.now += 0.2
    assert origin.ask("bird/none.m4s").content == b"there"


def test_what_never_changes_is_never_asked_for_again(bench, origin, clock):
    bench.publish(FILM, b"film")
    origin.ask(FILM)
    bench.asked()
    clock.now += 30 * 24 * 3600
    assert origin.ask(FILM).content == b"film"
    assert bench.asked() == 0


def test_a_manifest_is_asked_for_once_a_second_and_sent_when_it_changed(bench, origin, clock):
    bench.publish(MASTER, b"#EXTM3U\n#old\n")
    assert origin.ask(MASTER).content == b"#EXTM3U\n#old\n"
    received = origin.tally.bytes
    clock.now += 1.1
    bench.asked()
    assert {a.content for a in origin.ask_together(*[MASTER] * 20)} == {b"#EXTM3U\n#old\n"}
    assert bench.asked() == 1
    assert origin.tally.bytes == received
    bench.publish(MASTER, b"#EXTM3U\n#new\n")
    clock.now += 1.1
    assert origin.ask(MASTER).content == b"#EXTM3U\n#new\n"


def test_a_slow_client_has_no_more_than_the_next_span_read_for_it(bench, origin):
    bench.publish(FILM, film(3, 8 * MIB))
    bench.asked()

    async def slow() -> None:
        client = Client(origin, FILM)
        span = MIB // BLOCK
        body = await client.take(1)
        await quiet(origin)
        assert bench.asked() == 2
        body += await client.take(span - 1)
        await until(lambda: origin.tally.requests == 3)
        await quiet(origin)
        assert bench.asked() == 1
        body += await client.take(7 * span)
        await client.answered
        assert body == film(3, 8 * MIB)

    asyncio.run(slow())
    assert bench.asked() == 5


def test_reading_ends_soon_after_a_client_left(bench, origin):
    bench.publish(FILM, film(4, 8 * MIB))
    bench.asked()

    async def leaving() -> None:
        client = Client(origin, FILM)
        await client.take(MIB // BLOCK + 1)
        client.left.set()
        client.taken.release()
        await client.answered
        await quiet(origin)

    asyncio.run(leaving())
    assert bench.asked() <= 4


def test_two_versions_are_never_mixed(bench, origin):
    bench.publish(FILM, film(5, 3 * MIB))

    async def interrupted() -> None:
        client = Client(origin, FILM)
        body = await client.take(1)
        bench.publish(FILM, film(6, 3 * MIB))
        for _ in range(100):
            client.taken.release()
        with pytest.raises(GoneError):
            await client.answered
        while not client.pieces.empty():
            body += client.pieces.get_nowait()
        assert len(body) < 3 * MIB
        assert film(5, 3 * MIB).startswith(body)

    asyncio.run(interrupted())


def test_who_comes_after_gets_the_other_version_whole(bench, origin):
    bench.publish(FILM, film(5, 3 * MIB))
    origin.ask(FILM, Range="bytes=0-9")
    bench.publish(FILM, film(6, 2 * MIB))
    tail = origin.ask(FILM, Range=f"bytes={MIB}-")
    assert tail.content == film(6, 2 * MIB)[MIB:]
    assert tail.headers["content-range"] == f"bytes {MIB}-{2 * MIB - 1}/{2 * MIB}"
    assert origin.ask(FILM).content == film(6, 2 * MIB)


def test_a_file_that_was_deleted_is_missing_once_it_has_to_be_read(bench, origin):
    bench.publish(FILM, film(5, 3 * MIB))
    origin.ask(FILM, Range="bytes=0-9")
    bench.storage.delete(f"titles/{FILM}")
    assert origin.ask(FILM, Range=f"bytes={MIB}-").status_code == 404


@pytest.mark.parametrize("fault", ["damaged-down", "truncated"])
def test_what_arrives_damaged_is_fetched_again(bench, origin, fault):
    bench.publish(FILM, film(7, MIB))
    faults = iter([fault])
    bench.proxy.choose = lambda _: next(faults, None)
    assert origin.ask(FILM).content == film(7, MIB)
    assert bench.proxy.counts[fault] == 1


def test_what_is_always_damaged_is_not_served(bench, origin):
    bench.publish(FILM, film(7, MIB))
    bench.proxy.choose = always("damaged-down")
    assert origin.ask(FILM).status_code == 503

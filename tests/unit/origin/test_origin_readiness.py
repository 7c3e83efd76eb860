"""`/readyz` and `/healthz`, and what an origin's own figures say."""

import asyncio
import os
from math import ceil

import pytest
from asking import ask_with
from bucketing import Bench
from prometheus_client.parser import text_string_to_metric_families

from pipeline.catalog.records import Figures
from pipeline.errors import OutageError
from pipeline.origin.app import create_app
from pipeline.origin.bucket.breaker import FAILURES
from pipeline.origin.content import BLOCK
from pipeline.origin.figures import Standing
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.metrics import Monitoring
from pipeline.origin.readiness import Readiness
from tests.support.s3_faults import always

NOTHING = Standing(Figures(ready={}, oldest={}, running={}, states={}, jobs={}, totals={}), workers=())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def said(ask) -> tuple[int, str]:
    answer = ask("/readyz")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.text


def test_a_folder(root):
    ask = ask_with(create_app(root, list))
    assert said(ask) == (200, "ready\n")


def test_a_folder_that_is_not_there(root):
    ask = ask_with(create_app(root, list, published=MediaSettings(root / "none")))
    assert said(ask) == (503, "not ready: storage\n")


def test_a_catalog_that_is_out_says_no_more_than_that(root, caplog):
    async def fails() -> None:
        raise OutageError("the catalog at db.internal is out of reach")

    readiness = Readiness()
    readiness.add("catalog", fails)
    ask = ask_with(create_app(root, list, readiness=readiness))
    assert said(ask) == (503, "not ready: catalog\n")
    assert "db.internal" in caplog.text


def test_who_drains_is_alive_and_not_ready(root):
    readiness = Readiness()
    ask = ask_with(create_app(root, list, readiness=readiness))
    readiness.drain()
    assert said(ask) == (503, "not ready: stopping\n")
    assert ask("/healthz").status_code == 200
    assert ask("/titles/bird/master.m3u8").status_code == 200


def test_nothing_is_looked_at_twice_within_two_seconds(clock):
    looked: list[float] = []

    async def looks() -> None:
        looked.append(clock.now)

    readiness = Readiness(clock)
    readiness.add("storage", looks)

    async def many() -> None:
        for _ in range(2):
            await asyncio.gather(*(readiness.respond(None) for _ in range(5)))
            clock.now += 2

    asyncio.run(many())
    assert looked == [100, 102]


def test_a_check_that_never_ends_is_no_answer(monkeypatch):
    monkeypatch.setattr("pipeline.origin.readiness.ANSWER_SECONDS", 0.01)
    readiness = Readiness()
    readiness.add("storage", asyncio.Event().wait)
    answer = asyncio.run(readiness.respond(None))
    assert (answer.status_code, answer.body) == (503, b"not ready: storage\n")


def test_a_bucket(bench: Bench):
    ask = ask_with(create_app(bench.folder, list, published=MediaSettings(bench.bucket)))
    assert said(ask) == (200, "ready\n")
    assert bench.asked() == 1


def test_a_bucket_that_is_out_and_comes_back(bench: Bench, clock):
    origin = bench.origin(clock=clock)
    readiness = Readiness(clock)
    readiness.add("storage", origin.objects.check)

    def status() -> int:
        clock.now += 2
        return asyncio.run(readiness.respond(None)).status_code

    bench.proxy.choose = always("500")
    assert [status() for _ in range(5)] == [503] * 5
    assert bench.asked() < 5
    assert origin.tally.out
    bench.proxy.choose = lambda _: None
    clock.now += 5
    assert status() == 200


def test_a_bucket_that_answered_just_now_is_not_asked_for_that(bench: Bench):
    origin = bench.origin()
    origin.ask("bird/none.m4s")
    bench.asked()
    asyncio.run(origin.objects.check())
    assert bench.asked() == 0


def test_figures_of_a_bucket(bench: Bench):
    bench.publish("bird/v/7f3a/seg-00001.m4s", bytes(600_000))
    bench.proxy.choose = lambda request: "500" if "none" in request.path else None
    published = MediaSettings(bench.bucket)
    ask = ask_with(
        create_app(bench.folder, list, Monitoring(lambda: NOTHING, everybody=True), published=published)
    )
    for _ in range(2):
        ask("/titles/bird/v/7f3a/seg-00001.m4s")
    for number in range(FAILURES):
        ask(f"/titles/bird/v/7f3a/none-{number}.m4s")
    figures = {
        sample.name.removeprefix("telecine_origin_"): sample.value
        for family in text_string_to_metric_families(ask("/metrics").text)
        for sample in family.samples
        if sample.labels.get("process") == str(os.getpid())
    }
    assert figures == {
        "hits_total": 2 * ceil(600_000 / BLOCK),
        "misses_total": 0,
        "coalesced_total": 0,
        "disk_hits_total": 0,
        "stale_total": 0,
        "storage_requests_total": 1 + FAILURES,
        "storage_failures_total": FAILURES,
        "storage_bytes_total": 600_000,
        "storage_out": 1,
    }

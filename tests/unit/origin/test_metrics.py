"""`/metrics`: what it says, to whom, and how often that asks the catalog."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline.catalog.records import Figures, WorkerRecord
from pipeline.errors import OutageError, UsageError
from pipeline.origin.app import create_app
from pipeline.origin.figures import SiteFigures, Standing
from pipeline.origin.metrics import Metrics, Monitoring
from pipeline.settings import Settings


def worker(machine: str, *queues: str, slots: int) -> WorkerRecord:
    return WorkerRecord(f"{machine}.1.1", machine, queues, slots, threads=4 * slots, memory=8 * 10**9)


BUSY = Standing(
    Figures(
        ready={"cpu": 3000, "io": 1},
        oldest={"cpu": 61.5, "io": 0.25},
        running={"cpu": 5},
        states={"waiting": 9, "ready": 3001, "running": 5, "parked": 1},
        jobs={"running": 2, "done": 40, "failed": 1},
        totals={"done": 1e6, "retries": 3, "lost": 2, "frames": 5e9, "cpu": 12.5, "size": 9e12, "total": 1e6},
    ),
    [
        worker("anna", "control", "io", "cpu", slots=2),
        worker("bert", "cpu", slots=8),
        worker("bert", "io", slots=1),
    ],
)
NOTHING = Standing(Figures({}, {}, {}, {}, {}, {}), [])


@pytest.mark.parametrize(("name", "standing"), [("busy", BUSY), ("nothing", NOTHING)])
def test_what_it_says(name: str, standing: Standing, golden: Callable[[str, str], None]) -> None:
    text = generate_latest(SiteFigures(standing)).decode()
    golden(f"metrics/{name}.txt", text)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert len(families) == 16
    assert all(family.documentation for family in families.values())


def get(app: ASGIApp, client: str = "127.0.0.1", times: int = 1, **headers: str) -> list[httpx.Response]:
    """Answers to so many requests for `/metrics` at a time, from that address."""

    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, client=(client, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://origin") as asking:
            return await asyncio.gather(*(asking.get("/metrics", headers=headers) for _ in range(times)))

    return asyncio.run(asked())


def status(app: ASGIApp, client: str, **headers: str) -> int:
    return get(app, client, **headers)[0].status_code


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_programs_of_this_machine_may_see_it(client: str) -> None:
    assert status(create_app(Path(), list, Monitoring(lambda: BUSY)), client) == 200


@pytest.mark.parametrize("client", ["192.168.1.7", "::ffff:10.0.0.1", "2001:db8::1"])
def test_others_may_not_unless_everybody_may(client: str) -> None:
    assert status(create_app(Path(), list, Monitoring(lambda: BUSY)), client) == 403
    assert status(create_app(Path(), list, Monitoring(lambda: BUSY, everybody=True)), client) == 200


@pytest.mark.parametrize("field", ["Forwarded", "X-Forwarded-For", "Via"])
def test_a_proxy_on_this_machine_asks_for_others(field: str) -> None:
    app = create_app(Path(), list, Monitoring(lambda: BUSY))
    assert status(app, "127.0.0.1", **{field: "for=192.0.2.1"}) == 403


def test_it_is_not_there_where_it_is_off() -> None:
    assert status(create_app(Path(), list), "127.0.0.1") == 404


@pytest.mark.parametrize(("text", "who"), [("", "local"), ("local", "local"), ("off", "off"), ("all", "all")])
def test_who_may_see_it_is_a_setting(monkeypatch: pytest.MonkeyPatch, text: str, who: str) -> None:
    monkeypatch.setenv("TELECINE_METRICS", text)
    assert Settings.load().metrics == who


def test_a_setting_that_says_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_METRICS", "yes")
    with pytest.raises(UsageError, match="TELECINE_METRICS is 'yes': give one of off, local, all"):
        Settings.load()


class Watched:
    """Metrics of a catalog that counts how often it is asked, and may be `out`, by a clock that stands."""

    def __init__(self) -> None:
        self.asked = 0
        self.out = False
        self.now = 100.0
        respond = Metrics(Monitoring(self._look), now=lambda: self.now).respond
        self.app = Starlette(routes=[Route("/metrics", respond)])

    def _look(self) -> Standing:
        self.asked += 1
        if self.out:
            raise OutageError("the catalog postgresql://db.internal is out of reach: no route to host")
        return BUSY


def test_a_storm_asks_the_catalog_once() -> None:
    watched = Watched()
    answers = get(watched.app, times=200)
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (200, generate_latest(SiteFigures(BUSY)).decode())
    }
    assert watched.asked == 1


def test_figures_are_two_seconds_old_at_most() -> None:
    watched = Watched()
    for now, asked in [(100.0, 1), (101.9, 1), (102.0, 2), (103.9, 2), (104.0, 3)]:
        watched.now = now
        get(watched.app)
        assert watched.asked == asked


def test_an_outage_is_told_without_names_of_hosts(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    watched.out = True
    answers = get(watched.app, times=50)
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (503, "no figures: the catalog does not answer\n")
    }
    assert watched.asked == 1
    assert [record.getMessage() for record in caplog.records if record.name == "pipeline.origin.metrics"] == [
        "no metrics: the catalog postgresql://db.internal is out of reach: no route to host"
    ]


def test_after_an_outage_it_goes_on() -> None:
    watched = Watched()
    watched.out = True
    get(watched.app)
    watched.out, watched.now = False, 102.0
    assert get(watched.app)[0].status_code == 200

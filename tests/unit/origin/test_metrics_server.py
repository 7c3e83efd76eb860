"""`/metrics` of `telecine serve`, over real connections and from a real catalog."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from test_origin_server import ask, wait_until_healthy

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Cost, Lease, Needs, NewJob, Room, StepSpec, WorkerRecord
from pipeline.settings import Settings
from tests.support.broker import free_port
from tests.support.site import TELECINE


@contextmanager
def serving(root: Path, **environment: str) -> Iterator[int]:
    """The port of a `telecine serve`."""
    port = free_port()
    command = [*TELECINE, "serve", "-o", str(root), "--port", str(port)]
    child = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        wait_until_healthy(port, child)
        yield port
    finally:
        child.terminate()
        child.communicate(timeout=20)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(Settings.load(tmp_path).catalog_url)
    yield catalog
    catalog.close()


def fill(catalog: Catalog) -> None:
    """A worker, and a job of three steps: one done, one running, one that waits for it."""
    catalog.workers.beat(WorkerRecord("anna.1.1", "anna", ("io", "cpu"), 3, threads=8, memory=10**10))
    needs = Needs("cpu", threads=4, memory=10**9)
    first, second = StepSpec("encode:1", "encode", b"", needs=needs), StepSpec("encode:2", "encode", b"")
    last = StepSpec("package", "package", b"", after=("encode:2",), needs=Needs("io"))
    catalog.jobs.open(NewJob("film", "film", b"{}", [first, second, last], cluster=True))
    leases = [catalog.steps.claim(step, "anna.2.1", Room("anna.1.1", 8, 10**10)) for step in (1, 2)]
    assert isinstance(leases[0], Lease)
    catalog.steps.finish(leases[0], b"", cost=Cost(cpu=41.5, frames=576, size=3_000_000))


def scraped(port: int) -> dict[str, float]:
    status, headers, body = ask(port, "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=1.0.0; charset=utf-8")
    return {
        ":".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_it_says_what_is_in_the_catalog(tmp_path: Path, catalog: Catalog) -> None:
    fill(catalog)
    with serving(tmp_path) as port:
        assert {name: value for name, value in scraped(port).items() if value} == {
            "telecine_queue_running_steps:control": 1,
            "telecine_queue_slots:io": 3,
            "telecine_queue_slots:cpu": 3,
            "telecine_steps:waiting": 1,
            "telecine_steps:running": 1,
            "telecine_jobs:running": 1,
            "telecine_steps_done_total": 1,
            "telecine_encoded_frames_total": 576,
            "telecine_cpu_seconds_total": 41.5,
            "telecine_encoded_bytes_total": 3_000_000,
            "telecine_workers:anna": 1,
            "telecine_worker_slots:anna": 3,
            "telecine_worker_threads:anna": 8,
            "telecine_worker_memory_bytes:anna": 10**10,
        }


def test_who_only_looks_makes_no_database(tmp_path: Path) -> None:
    with serving(tmp_path) as port:
        assert scraped(port)["telecine_jobs:running"] == 0
    assert list(tmp_path.glob("catalog*")) == []


def test_without_its_database_the_origin_still_serves(tmp_path: Path) -> None:
    with serving(tmp_path, TELECINE_CATALOG=f"postgresql://nobody@127.0.0.1:{free_port()}/none") as port:
        assert ask(port, "/metrics")[::2] == (503, b"no figures: the catalog does not answer\n")
        assert ask(port, "/healthz")[0] == 200
        assert ask(port, "/readyz")[::2] == (503, b"not ready: catalog\n")


def test_off_is_off(tmp_path: Path) -> None:
    with serving(tmp_path, TELECINE_METRICS="off") as port:
        assert ask(port, "/metrics")[0] == 404

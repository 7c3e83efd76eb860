"""`telecine top`: what it draws, and what it finds in a real catalog."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Cost, Lease, Needs, NewJob, Room, StepSpec, WorkerRecord
from pipeline.cli.polling import JobLine, QueueLine, View, WorkerLine
from pipeline.cli.topview import drawn
from pipeline.settings import Settings
from tests.support.site import TELECINE, run

BUSY = View(
    at=1_700_000_000.0,
    queues=[
        QueueLine("control", 0, 0.0, 1), QueueLine("io", 2, 0.4, 0), QueueLine("cpu", 3000, 3725.0, 5),
    ],
    workers=[
        WorkerLine("anna.4711.99", "anna", ("control", "io", "cpu"), 2, 2, 4, 9 * 10**9, 60.0),
        WorkerLine("bert.example.17.99", "bert.example", ("cpu",), 4, 16, 64, 192 * 10**9, 100_000.0),
    ],
    jobs=[
        JobLine("job-bf7bbb3c2086", "urgent", "running", 9, 4, 26, 0, 0, 0.0, None, None),
        JobLine("job-361b02117492", "a-film-with-a-name", "running", 5, 120, 340, 3, 1, 54.2, 2.26, 3725.0),
        JobLine("job-ebdc7391c6a2", "broken", "failed", 5, 3, 26, 1, 0, 0.0, None, None),
        JobLine("job-4fe54ec747a0", "film", "done", 5, 26, 26, 0, 0, 0.0, None, None),
    ],
)  # fmt: skip
IDLE = View(at=1_700_000_000.0, queues=[QueueLine("cpu", 0, 0.0, 0)], workers=[], jobs=[])


def text(view: View, width: int, trouble: str = "") -> str:
    file = StringIO()
    Console(file=file, width=width, highlight=False).print(drawn(view, "/srv/site", trouble))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


@pytest.mark.parametrize("width", [80, 120])
def test_a_busy_site(width: int, golden: Callable[[str, str], None]) -> None:
    shown = text(BUSY, width)
    assert max(map(len, shown.splitlines())) <= width
    golden(f"top/busy-{width}.txt", shown)


def test_an_idle_site_says_what_to_do(golden: Callable[[str, str], None]) -> None:
    golden("top/idle.txt", text(IDLE, 80))


def test_an_old_view_says_so() -> None:
    assert "the catalog is out of reach" in text(BUSY, 80, "the catalog is out of reach")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(Settings.load(tmp_path).catalog_url)
    yield catalog
    catalog.close()


def test_what_is_in_the_catalog(tmp_path: Path, catalog: Catalog) -> None:
    catalog.workers.beat(WorkerRecord("anna.1.1", "anna", ("io", "cpu"), 3, threads=8, memory=10**10))
    encode = [StepSpec(f"encode:{n}", "encode", b"", needs=Needs("cpu")) for n in (1, 2, 3)]
    catalog.jobs.open(NewJob("film", "film", b"{}", encode, priority=7, cluster=True))
    first, _ = (catalog.steps.claim(step, "anna.2.1", Room("anna.1.1", 8, 10**10)) for step in (1, 2))
    assert isinstance(first, Lease)
    catalog.steps.finish(first, b"", cost=Cost(frames=576))
    done = run([*TELECINE, "top", "-o", str(tmp_path), "--once", "--json"])
    assert (done.returncode, done.stderr) == (0, "")
    view = json.loads(done.stdout)
    queues = {queue["queue"]: (queue["ready"], queue["running"]) for queue in view["queues"]}
    assert queues == {"control": (0, 0), "io": (0, 0), "cpu": (1, 1)}
    (worker,) = view["workers"]
    assert (worker["machine"], worker["busy"], worker["slots"]) == ("anna", 1, 3)
    (job,) = view["jobs"]
    assert (job["job"], job["state"], job["priority"], job["done"], job["total"]) == (
        "film",
        "running",
        7,
        1,
        3,
    )
    assert job["frames_per_second"] > 0
    assert job["speed"] is None


def test_without_a_site_there_is_nothing_to_see(tmp_path: Path) -> None:
    done = run([*TELECINE, "top", "-o", str(tmp_path), "--once"])
    assert done.returncode == 2
    assert "no site is there" in done.stderr
    assert list(tmp_path.iterdir()) == []

"""The catalog under racing threads and processes: every step finished once, no child before its parents."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import StepSpec
from pipeline.errors import StaleLeaseError
from pipeline.process import identity, is_alive

DATABASES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'catalog.db'}"}

ROOT = Path(__file__).parents[2]

ENCODES = [StepSpec(f"encode:{n}", "encode", b"", after=("plan",)) for n in range(12)]
PACKAGES = [
    StepSpec(f"package:{n}", "package", b"", after=tuple(encode.name for encode in ENCODES)) for n in range(6)
]
LAST = StepSpec("publish", "publish", b"", after=tuple(package.name for package in PACKAGES))
FOLLOWING = (*ENCODES, *PACKAGES, LAST)

WORKER = """
import sys
from pipeline.catalog.catalog import Catalog
from tests.contract.test_catalog_races import work

catalog = Catalog(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for name in work(catalog, sys.argv[2]):
    print(name)
"""

HOLDER = """
import sys
from pipeline.catalog.catalog import Catalog
from pipeline.process import identity

print(Catalog(sys.argv[1]).claim("film", identity()).owner, flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return DATABASES[request.param](tmp_path)


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    catalog = Catalog(url)
    yield catalog
    catalog.close()


def work(catalog: Catalog, owner: str) -> list[str]:
    """Do steps until the job is done, as a worker's thread does; the names of those it finished.

    Before each, all parents must be done already.
    """
    finished = []
    while any(step.state != "done" for step in catalog.steps("film")):
        lease = catalog.claim("film", owner)
        if lease is None:
            continue
        done = {step.name for step in catalog.steps("film") if step.state == "done"}
        parents = next((set(step.after) for step in FOLLOWING if step.name == lease.name), set())
        assert parents <= done, f"{lease.name} was claimed before {parents - done}"
        catalog.finish(lease, owner.encode(), FOLLOWING if lease.name == "plan" else ())
        finished.append(lease.name)
    return finished


def together(count: int, task: Callable[[int], object]) -> list[object]:
    """Run `task(0)` ... `task(count - 1)` in threads that start at the same moment; their results."""
    start = threading.Barrier(count)

    def run(number: int) -> object:
        start.wait()
        return task(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def assert_done_once(catalog: Catalog, finished: list[str]) -> None:
    assert Counter(finished) == Counter(["plan", *(step.name for step in FOLLOWING)])
    assert [step.name for step in catalog.steps("film") if step.attempts != 1] == []


def test_eight_threads_do_every_step_once(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [StepSpec("plan", "plan", b"")])
    finished = together(8, lambda number: work(catalog, f"thread {number}"))
    assert_done_once(catalog, [name for names in finished for name in names])


def test_two_processes_do_every_step_once(catalog: Catalog, url: str) -> None:
    catalog.open_job("film", "the-film", b"", [StepSpec("plan", "plan", b"")])
    with python(WORKER, url, "one") as one, python(WORKER, url, "two") as two:
        for process in (one, two):
            assert process.stdout.readline() == "ready\n"
        for process in (one, two):
            process.stdin.write("go\n")
            process.stdin.flush()
        finished = one.communicate(timeout=60)[0].split() + two.communicate(timeout=60)[0].split()
    assert (one.returncode, two.returncode) == (0, 0)
    assert_done_once(catalog, finished)


def python(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_job_opened_by_eight_at_once_has_its_steps_once(url: str) -> None:
    """Each with a catalog of its own, the first of which makes the tables."""

    def open_job(number: int) -> None:
        catalog = Catalog(url)
        catalog.open_job("film", "the-film", b"spec", [StepSpec("plan", "plan", b"")])
        catalog.close()

    together(8, open_job)
    catalog = Catalog(url)
    assert [step.name for step in catalog.steps("film")] == ["plan"]
    catalog.close()


def test_the_last_of_many_parents_releases_the_child(catalog: Catalog) -> None:
    """Whichever of the parents comes last, one of them must see that it is."""
    parents = [StepSpec(f"p{n}", "p", b"") for n in range(8)]
    child = StepSpec("child", "c", b"", after=tuple(parent.name for parent in parents))
    catalog.open_job("film", "the-film", b"", [*parents, child])
    leases = [catalog.claim("film", "worker") for _ in parents]
    assert None not in leases
    together(8, lambda number: catalog.finish(leases[number], b""))
    lease = catalog.claim("film", "worker")
    assert lease is not None
    assert lease.name == "child"


def test_of_eight_with_the_same_lease_one_finishes(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [StepSpec("plan", "plan", b"")])
    lease = catalog.claim("film", "worker")
    assert lease is not None

    def finish(number: int) -> int | None:
        try:
            catalog.finish(lease, b"%d" % number, [StepSpec(f"of {number}", "k", b"")])
        except StaleLeaseError:
            return None
        return number

    (winner,) = [number for number in together(8, finish) if number is not None]
    assert catalog.result("film", "plan") == b"%d" % winner
    assert [step.name for step in catalog.steps("film")] == ["plan", f"of {winner}"]


def test_what_a_killed_process_held_is_taken_back_at_once(catalog: Catalog, url: str) -> None:
    catalog.open_job("film", "the-film", b"", [StepSpec("plan", "plan", b"")])
    with python(HOLDER, url) as process:
        owner = process.stdout.readline().strip()
        catalog.take_back("film", is_alive)
        assert catalog.claim("film", identity()) is None
        process.kill()
    assert not is_alive(owner)
    catalog.take_back("film", is_alive)
    assert catalog.claim("film", identity()) is not None

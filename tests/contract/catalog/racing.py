"""Threads and processes that begin at the same moment, and a job for them to do."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from filming import PLAN, ROOM

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease, StepSpec

T = TypeVar("T")

ENCODES = [StepSpec(f"encode:{n}", "encode", b"", after=("plan",)) for n in range(12)]
PACKAGES = [
    StepSpec(f"package:{n}", "package", b"", after=tuple(encode.name for encode in ENCODES)) for n in range(6)
]
LAST = StepSpec("publish", "publish", b"", after=tuple(package.name for package in PACKAGES))
FOLLOWING = (*ENCODES, *PACKAGES, LAST)
"""What `plan` brings forth."""

Take = Callable[[Catalog, str], Lease | None]


def next_of_job(catalog: Catalog, owner: str) -> Lease | None:
    return catalog.steps.claim_next("film", owner)


def any_ready(catalog: Catalog, owner: str) -> Lease | None:
    """As workers do that were told of all steps."""
    for step in catalog.steps.of("film"):
        if step.state == "ready":
            lease = catalog.steps.claim(step.id, owner, ROOM)
            if isinstance(lease, Lease):
                return lease
    return None


def work(catalog: Catalog, owner: str, take: Take = next_of_job) -> list[str]:
    """Do steps until the job is done, as a worker's thread does; the names of those it finished.

    Before each, all parents must be done already.
    """
    finished = []
    while any(step.state != "done" for step in catalog.steps.of("film")):
        lease = take(catalog, owner)
        if lease is None:
            continue
        done = {step.name for step in catalog.steps.of("film") if step.state == "done"}
        parents = next((set(step.after) for step in FOLLOWING if step.name == lease.name), set())
        assert parents <= done, f"{lease.name} was claimed before {parents - done}"
        catalog.steps.finish(lease, owner.encode(), FOLLOWING if lease.name == "plan" else ())
        finished.append(lease.name)
    return finished


def assert_done_once(catalog: Catalog, finished: list[str]) -> None:
    assert Counter(finished) == Counter([PLAN.name, *(step.name for step in FOLLOWING)])
    assert [step.name for step in catalog.steps.of("film") if step.attempts != 1] == []
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.done, job.total) == ("done", len(finished), len(finished))


def together(count: int, task: Callable[[int], T]) -> list[T]:
    """Run `task(0)` ... `task(count - 1)` in threads that start at the same moment; their results."""
    start = threading.Barrier(count)

    def run(number: int) -> T:
        start.wait()
        return task(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def processes_together(count: int, task: Callable[[int], T]) -> list[T]:
    """As above, in processes, which may use nothing that is connected to a database."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(count), context.SimpleQueue()

    def run(number: int) -> None:
        start.wait()
        results.put(task(number))

    processes = [context.Process(target=run, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * count
    return [results.get() for _ in processes]

"""All that may happen to three jobs, at once: nobody deadlocks, nothing is done twice, everything is done."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from filming import separate
from racing import together

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Cost, Lease, Needs, NewJob, Room, StepSpec, WorkerRecord
from pipeline.errors import StaleLeaseError

JOBS = ("one", "two", "three")
FIRST = [separate(number, Needs("cpu", threads=1)) for number in range(10)]
LAST = StepSpec("last", "last", b"", after=tuple(step.name for step in FIRST))
MORE = {step.name: StepSpec(f"after {step.name}", "more", b"", after=("last",)) for step in FIRST}
"""What the first steps bring forth."""

ROOM = Room("host.1.1", threads=3, memory=8_000)
WORKERS = 5
CANCELLATIONS = 12

Finished = Counter[tuple[str, str]]


@dataclass
class Stress:
    """Threads at work on one catalog, until all jobs are done, or one of the threads fails."""

    catalog: Catalog
    broken: threading.Event = field(default_factory=threading.Event)

    def part(self, number: int) -> Finished:
        """What one thread does; the steps of jobs that it finished."""
        try:
            if number < WORKERS:
                return self.work(f"host.2.{number}", random.Random(number))
            self.interfere(random.Random(number))
            return Finished()
        except BaseException:
            self.broken.set()
            raise

    def left(self) -> list[str]:
        recent = [] if self.broken.is_set() else self.catalog.jobs.recent(10)
        return [job.id for job in recent if job.state != "done"]

    def work(self, owner: str, luck: random.Random) -> Finished:
        finished = Finished()
        while jobs := self.left():
            job = luck.choice(jobs)
            ready = [step.id for step in self.catalog.steps.of(job) if step.state == "ready"]
            lease = self.catalog.steps.claim(luck.choice(ready), owner, ROOM) if ready else None
            if isinstance(lease, Lease) and self.end(lease, luck.random()):
                finished[job, lease.name] += 1
        return finished

    def end(self, lease: Lease, luck: float) -> bool:
        """Let go of a step in one of the ways there are; whether it was finished."""
        steps = self.catalog.steps
        try:
            steps.renew([lease])
            if luck < 0.1:
                steps.give_back(lease)
            elif luck < 0.8:
                more = MORE.get(lease.name)
                steps.finish(lease, b"", [more] if more else [], Cost(frames=1))
                return True
            # Else the holder ends without a word, and the lease runs out.
        except StaleLeaseError:
            return False
        return False

    def interfere(self, luck: random.Random) -> None:
        """What users do, and then only what reconcilers do, for the jobs must end."""
        for number in range(CANCELLATIONS):
            job = luck.choice(JOBS)
            self.catalog.jobs.prioritize(job, number % 10)
            self.catalog.jobs.cancel(job)
            self.reconcile()
            self.catalog.jobs.retry(job)
        while jobs := self.left():
            self.reconcile()
            for job in jobs:  # One that was lost too often failed with its step.
                self.catalog.jobs.retry(job)

    def reconcile(self) -> None:
        self.catalog.workers.beat(WorkerRecord(ROOM.worker, "host", ("cpu",), WORKERS, 3, 8_000))
        self.catalog.queue.take_expired()
        self.catalog.queue.forget_sent(-1.0)
        self.catalog.queue.hints()
        self.catalog.queue.figures()


@pytest.fixture
def deadlocks(database: str, request: pytest.FixtureRequest) -> Callable[[], int]:
    """How many deadlocks the server broke: transactions are tried again then, so nothing else tells."""
    if database == "sqlite":
        return lambda: 0
    server = request.getfixturevalue("postgres")
    return lambda: int(server.log.read_text().count("deadlock detected"))


def test_nobody_deadlocks_and_every_step_is_finished_once(url: str, deadlocks: Callable[[], int]) -> None:
    catalog = Catalog(url, lease=0.05)
    for job in JOBS:
        catalog.jobs.open(NewJob(job, f"the-{job}", b"", [*FIRST, LAST], cluster=True))
    stress, before = Stress(catalog), deadlocks()
    finished = sum(together(WORKERS + 2, stress.part), Finished())
    names = [step.name for step in (*FIRST, LAST, *MORE.values())]
    assert finished == Counter((job, name) for job in JOBS for name in names)
    for job in map(catalog.jobs.get, JOBS):
        assert job is not None
        assert (job.state, job.done, job.total, job.frames) == ("done", 21, 21, 21)
    assert [tried for job in JOBS for tried in catalog.steps.attempts(job) if tried.ended is None] == []
    assert deadlocks() == before
    catalog.close()

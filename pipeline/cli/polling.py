"""A site as it stands, looked at again and again: what `telecine top` shows."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import QUEUES, Figures, JobRecord, JobState, WorkerRecord
from pipeline.cli.pace import Pace, seconds_left
from pipeline.codec import from_json
from pipeline.events import Planned

RUNNING_SHOWN = 50
ENDED_SHOWN = 5
ENDED: tuple[JobState, ...] = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class JobLine:
    """`frames_per_second` and `speed`, a multiple of real time, are of the last two minutes; `seconds_left`
    until all is encoded. None where nobody can say."""

    job: str
    title: str
    state: JobState
    priority: int
    done: int
    total: int
    retries: int
    lost: int
    frames_per_second: float
    speed: float | None
    seconds_left: float | None


@dataclass(frozen=True)
class WorkerLine:
    """`busy` of its `slots` have a step; `memory` is bytes, `up` the seconds since it started."""

    worker: str
    machine: str
    queues: Sequence[str]
    busy: int
    slots: int
    threads: int
    memory: int
    up: float


@dataclass(frozen=True)
class QueueLine:
    """Steps by what they wait for; `oldest` is the seconds that one of them has waited longest."""

    queue: str
    ready: int
    oldest: float
    running: int


@dataclass(frozen=True)
class View:
    """All that is shown at one time, in seconds since the epoch."""

    at: float
    queues: Sequence[QueueLine]
    workers: Sequence[WorkerLine]
    jobs: Sequence[JobLine]


class Polling:
    """Remembers from one look to the next what speeds need."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pace = Pace()
        self._plans: dict[str, Planned] = {}

    def look(self) -> View:
        """Raises StorageError while the catalog is out."""
        now = time.time()
        jobs = self._catalog.jobs
        running = jobs.recent(RUNNING_SHOWN, ("running",))
        running.sort(key=lambda job: (-job.priority, job.created))
        shown = [*running, *jobs.recent(ENDED_SHOWN, ENDED)]
        return View(
            at=now,
            queues=list(_queues(self._catalog.queue.figures())),
            workers=list(_workers(self._catalog.workers.alive(), self._catalog.workers.busy(), now)),
            jobs=[self._job(job, now) for job in shown],
        )

    def _job(self, job: JobRecord, now: float) -> JobLine:
        rate, speed, left = 0.0, None, None
        if job.state == "running":
            self._pace.take(job, now)
            rate = self._pace.of(job)
            if planned := self._planned(job.id):
                speed = rate / float(planned.rate) if planned.frames else None
                left = seconds_left(job, planned, rate)
        return JobLine(
            job=job.id,
            title=job.title,
            state=job.state,
            priority=job.priority,
            done=job.done,
            total=job.total,
            retries=job.retries,
            lost=job.lost,
            frames_per_second=rate,
            speed=speed,
            seconds_left=left,
        )

    def _planned(self, job: str) -> Planned | None:
        """What a job has before it, once that is known."""
        if job not in self._plans:
            for kept in self._catalog.events.after(job, 0):
                with suppress(msgspec.ValidationError):  # another event, or one of a newer version
                    self._plans[job] = from_json(kept.body, Planned)
        return self._plans.get(job)


def _queues(figures: Figures) -> Iterator[QueueLine]:
    for queue in QUEUES:
        ready, running = figures.ready.get(queue, 0), figures.running.get(queue, 0)
        yield QueueLine(queue, ready, figures.oldest.get(queue, 0.0), running)


def _workers(alive: Sequence[WorkerRecord], busy: Mapping[str, int], now: float) -> Iterator[WorkerLine]:
    for worker in alive:
        yield WorkerLine(
            worker=worker.id,
            machine=worker.machine,
            queues=worker.queues,
            busy=busy.get(worker.id, 0),
            slots=worker.slots,
            threads=worker.threads,
            memory=worker.memory,
            up=max(0.0, now - worker.started),
        )

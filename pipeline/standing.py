"""How a job stands: what is done, what runs where, what failed, and what it took."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import AttemptRecord, EventRecord, JobRecord, Outcome
from pipeline.codec import from_json
from pipeline.events import Planned, read_event
from pipeline.job import JobSpec

BAD: frozenset[Outcome] = frozenset(("failed", "retried", "killed", "lost"))
"""Ends of an attempt that were not wanted."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of one kind."""

    kind: str
    done: int
    total: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A step that runs: since when, by which process (`host.pid.start`)."""

    step: str
    attempt: int
    owner: str
    since: float


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that ended badly: when and how, the class of the error, and its sentence."""

    step: str
    attempt: int
    at: float
    outcome: str
    error: str
    message: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Times are seconds since the epoch, `cpu` and `encoding` (while at least one encode ran) seconds, `size`
    bytes; `speed` is a multiple of real time, over all codecs, None before anything was encoded."""

    job: str
    title: str
    master: str
    state: str
    priority: int
    cluster: bool
    created: float
    ended: float | None
    error: str | None
    steps: tuple[Kind, ...]
    states: dict[str, int]
    running: tuple[Held, ...]
    troubles: tuple[Trouble, ...]
    retries: int
    lost: int
    frames: int
    cpu: float
    encoding: float
    speed: float | None
    size: int


def standing(catalog: Catalog, job: JobRecord) -> Standing:
    steps, attempts = catalog.steps.of(job.id), catalog.steps.attempts(job.id)
    encodes = {step.name for step in steps if step.kind == "encode"}
    encoding = _busy(a for a in attempts if a.step in encodes and a.outcome == "done")
    totals, done = Counter(s.kind for s in steps), Counter(s.kind for s in steps if s.state == "done")
    return Standing(
        job=job.id,
        title=job.title,
        master=from_json(job.spec, JobSpec).master,
        state=job.state,
        priority=job.priority,
        cluster=job.cluster,
        created=job.created,
        ended=job.ended,
        error=job.error,
        steps=tuple(Kind(kind=kind, done=done[kind], total=total) for kind, total in totals.items()),
        states=Counter(step.state for step in steps),
        running=tuple(_held(a) for a in attempts if a.outcome is None),
        troubles=tuple(_trouble(a) for a in attempts if a.outcome in BAD),
        retries=job.retries,
        lost=job.lost,
        frames=job.frames,
        cpu=round(job.cpu, 3),
        encoding=round(encoding, 3),
        speed=_speed(catalog, job, encoding),
        size=job.size,
    )


def _busy(attempts: Iterable[AttemptRecord]) -> float:
    """Seconds in which at least one of these attempts, told in the order they began, lasted."""
    seconds, until = 0.0, 0.0
    for attempt in attempts:
        ended = attempt.ended or attempt.started
        seconds += max(0.0, ended - max(until, attempt.started))
        until = max(until, ended)
    return seconds


def _speed(catalog: Catalog, job: JobRecord, encoding: float) -> float | None:
    told = (read_event(record.body) for record in events_of(catalog, job.id))
    plan = next((event for event in told if isinstance(event, Planned)), None)
    if plan is None or not encoding or not job.frames:
        return None
    return round(job.frames / encoding / float(plan.rate), 3)


def _held(attempt: AttemptRecord) -> Held:
    return Held(step=attempt.step, attempt=attempt.number, owner=attempt.owner, since=attempt.started)


def _trouble(attempt: AttemptRecord) -> Trouble:
    return Trouble(
        step=attempt.step,
        attempt=attempt.number,
        at=attempt.ended or attempt.started,
        outcome=attempt.outcome or "",
        error=attempt.kind or "",
        message=attempt.error or "",
    )


def events_of(catalog: Catalog, job: str) -> Iterator[EventRecord]:
    """All that was kept of what happened in a job."""
    cursor = 0
    while entries := catalog.events.after(job, cursor):
        yield from entries
        cursor = entries[-1].id

"""What goes into the catalog and comes out of it. Times are seconds since the epoch, sizes bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

QueueName = Literal["control", "io", "cpu"]
QUEUES: tuple[QueueName, ...] = ("control", "io", "cpu")
"""Decisions in milliseconds to seconds; hashing, demuxing, packaging; encoders and decoders."""

StepState = Literal["waiting", "ready", "running", "done", "failed", "parked", "stopped"]
"""A `parked` step ended the processes that ran it; a `stopped` one had not begun when its job ended."""

JobState = Literal["running", "done", "failed", "cancelled"]

Outcome = Literal["done", "failed", "retried", "returned", "killed", "lost", "withdrawn"]
"""How an attempt ended. `killed`: its process died while the worker around it lived; `lost`: both died, or
neither was heard of again."""

LEASE_SECONDS = 30.0
"""How long a step stays claimed without a heartbeat; a holder renews several times within it."""

PRIORITIES = range(10)
"""Of jobs: 9 is the most urgent."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Where a step may run and what it takes: `threads` it keeps busy, `memory` at its peak, and `seconds`
    after which an attempt is given up."""

    queue: QueueName = "control"
    threads: int = 0
    memory: int = 0
    seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step to be done: `name` is unique in its job, `params` is JSON, `after` names steps of the same job
    that must be done first."""

    name: str
    kind: str
    params: bytes
    after: tuple[str, ...] = ()
    needs: Needs = field(default_factory=Needs)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be recorded: `spec` is JSON and never changes. Workers of the cluster are told of the steps of
    a `cluster` job; any other is for the process that opens it."""

    id: str
    title: str
    spec: bytes
    first: Sequence[StepSpec]
    priority: int = 5
    cluster: bool = False

    def __post_init__(self) -> None:
        if self.priority not in PRIORITIES:
            raise ValueError(f"priority {self.priority} is not between 0 and 9")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one step until it expires. `fence` tells this holder's result from that of an earlier
    holder that came back late; `owner` is the process that does it, `worker` the one that started that."""

    step: int
    job: str
    title: str
    spec: bytes
    name: str
    kind: str
    params: bytes
    attempt: int
    failures: int
    owner: str
    worker: str
    fence: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Room:
    """What one worker may use at a time, over all its steps."""

    worker: str
    threads: int
    memory: int


class Refusal(Enum):
    """Why a step was not claimed: there is nothing to claim any more, or not the room to run it now."""

    GONE = auto()
    NO_ROOM = auto()


@dataclass(frozen=True, slots=True)
class Hint:
    """What workers are told: this step is ready. Lost or repeated, it does no harm.

    `highest` is the priority of the most urgent step that they were told of, now or before, and that nobody
    has begun.
    """

    step: int
    kind: str
    queue: QueueName
    priority: int
    title: str
    name: str
    fence: int
    seconds: float
    highest: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed: a sentence, the error's class, and what engineers want to see."""

    message: str
    kind: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step took: seconds of processors and of wall time, frames encoded, bytes made."""

    cpu: float = 0.0
    wall: float = 0.0
    frames: int = 0
    size: int = 0
    reused: bool = False


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as it stands; `since` is when it entered its state."""

    id: int
    name: str
    kind: str
    state: StepState
    attempts: int
    result: bytes | None
    error: str | None
    owner: str | None
    since: float


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One holding of a step's lease: `outcome` and `ended` are None while it lasts; `kind` is the class of
    the error that ended it."""

    step: str
    number: int
    owner: str
    started: float
    ended: float | None
    outcome: Outcome | None
    kind: str | None
    error: str | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job and its counters: steps in all and done, attempts repeated, leases lost, frames encoded, seconds
    of processors and bytes made by its steps."""

    id: str
    title: str
    spec: bytes
    state: JobState
    priority: int
    cluster: bool
    created: float
    ended: float | None
    error: str | None
    total: int
    done: int
    retries: int
    lost: int
    frames: int
    cpu: float
    size: int


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A published version; `summary` is JSON; `current` when it is what its title shows."""

    title: str
    version: str
    job: str
    summary: bytes
    published: float
    current: bool


@dataclass(frozen=True, slots=True)
class DeletionRecord:
    """A version that was deleted, and from when on its files may go."""

    title: str
    version: str
    due: float


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened in a job: `body` is JSON, `tries` how often its webhook was tried."""

    id: int
    job: str
    at: float
    body: bytes
    tries: int


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker process: the queues it serves, its slots, and the threads and memory it may use."""

    id: str
    machine: str
    queues: tuple[str, ...]
    slots: int
    threads: int
    memory: int
    started: float = 0.0
    seen: float = 0.0


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A step whose holder was lost; `parked` when that happened too often."""

    step: int
    job: str
    name: str
    outcome: Outcome
    parked: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """How the site stands: by queue, the ready and running steps and the seconds that the oldest ready one
    waits; steps not done, by state; and sums over all jobs, by the names of JobRecord's counters."""

    ready: Mapping[str, int]
    oldest: Mapping[str, float]
    running: Mapping[str, int]
    states: Mapping[str, int]
    jobs: Mapping[str, int]
    totals: Mapping[str, float]

"""What goes into the catalog and comes out of it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["waiting", "ready", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step to be done: `name` is unique in its job, `params` is JSON, `after` names steps of the same job
    that must be done first."""

    name: str
    kind: str
    params: bytes
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one step until it expires. `fence` tells this holder's result from that of an earlier
    holder that came back late."""

    step: int
    job: str
    name: str
    kind: str
    params: bytes
    attempt: int
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class StepRecord:
    name: str
    kind: str
    state: State
    attempts: int
    result: bytes | None
    error: str | None


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A published version; `summary` is JSON."""

    title: str
    version: str
    summary: bytes
    published: float

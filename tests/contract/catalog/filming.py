"""A job called `film` in catalogs, and what tests ask of it again and again."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.engine import make_engine
from pipeline.catalog.records import Hint, Lease, Needs, NewJob, Room, StepSpec

PLAN = StepSpec("plan", "plan", b"{}")

ROOM = Room("worker", threads=8, memory=8_000)
"""Of a worker that has room for all that is not about room."""


@dataclass
class Clock:
    """Stands still until it is told otherwise."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def encode(number: int, needs: Needs = Needs("cpu")) -> StepSpec:  # noqa: B008  immutable
    return StepSpec(f"encode:{number}", "encode", b"%d" % number, after=("plan",), needs=needs)


def separate(number: int, needs: Needs = Needs("cpu")) -> StepSpec:  # noqa: B008  immutable
    """A step that waits for nothing."""
    return StepSpec(f"step:{number}", "encode", b"", needs=needs)


def film(
    catalog: Catalog, *first: StepSpec, name: str = "film", priority: int = 5, cluster: bool = False
) -> list[Hint]:
    """Open a job with the first steps, `plan` alone if there are none; what workers are to be told."""
    return catalog.jobs.open(NewJob(name, f"the-{name}", b"spec", first or (PLAN,), priority, cluster))


def take(catalog: Catalog, name: str, owner: str = "worker", job: str = "film") -> Lease:
    """Claim what is next, which must be `name`."""
    lease = catalog.steps.claim_next(job, owner)
    assert lease is not None
    assert lease.name == name
    return lease


def claim(catalog: Catalog, name: str, owner: str = "process", room: Room = ROOM, job: str = "film") -> Lease:
    """Claim a step for a process of a worker, which must have the room."""
    lease = catalog.steps.claim(step_id(catalog, name, job), owner, room)
    assert isinstance(lease, Lease)
    return lease


def finish(catalog: Catalog, name: str, then: Sequence[StepSpec] = (), job: str = "film") -> list[Hint]:
    """Claim what is next, which must be `name`, and finish it; what workers are to be told."""
    return catalog.steps.finish(take(catalog, name, job=job), b"result of " + name.encode(), then)


def step_id(catalog: Catalog, name: str, job: str = "film") -> int:
    return next(step.id for step in catalog.steps.of(job) if step.name == name)


def states(catalog: Catalog, job: str = "film") -> dict[str, str]:
    return {step.name: step.state for step in catalog.steps.of(job)}


def outcomes(catalog: Catalog, job: str = "film") -> list[tuple[str, int, str, str | None]]:
    """Step, number, owner and outcome of all attempts."""
    return [(tried.step, tried.number, tried.owner, tried.outcome) for tried in catalog.steps.attempts(job)]


def names(hints: Sequence[Hint]) -> list[str]:
    return [hint.name for hint in hints]


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """What the tables hold that no method tells."""
    engine = make_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found

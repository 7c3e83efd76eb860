"""The graph of a job's steps: it grows, and what is done releases what waited for it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, case, insert, select, update

from pipeline.catalog.database import Transaction
from pipeline.catalog.locking import LockedJob
from pipeline.catalog.records import StepSpec
from pipeline.catalog.schema import edges, steps

_freed = (steps.c.state == "waiting") & (steps.c.waiting_for == 1)

_RELEASE = (
    update(steps)
    .where(steps.c.id.in_(select(edges.c.child).where(edges.c.parent == bindparam("done"))))
    .values(
        waiting_for=steps.c.waiting_for - 1,
        state=case((_freed, "ready"), else_=steps.c.state),
        since=case((_freed, bindparam("now")), else_=steps.c.since),
    )
)

_ADD = insert(steps).returning(steps.c.name, steps.c.id, sort_by_parameter_order=True)


def release_children(tx: Transaction, step: int) -> None:
    """A step is done: what waited for it alone is ready, unless its job ended meanwhile."""
    tx.execute(_RELEASE, {"done": step, "now": tx.now})


def add_steps(tx: Transaction, job: LockedJob, specs: Sequence[StepSpec]) -> None:
    """Insert steps in order; `after` may name steps added before or in the same call.

    Raises KeyError where there is no step of such a name.
    """
    if not specs:
        return
    ids = _open_parents(tx, job.id, specs)
    parents = {spec.name: [name for name in dict.fromkeys(spec.after) if name in ids] for spec in specs}
    rows = [_row(job, spec, len(parents[spec.name]), tx.now) for spec in specs]
    ids |= dict(tx.execute(_ADD, rows).all())
    links = [{"parent": ids[name], "child": ids[child]} for child in parents for name in parents[child]]
    if links:
        tx.execute(insert(edges), links)


def _open_parents(tx: Transaction, job: str, specs: Sequence[StepSpec]) -> dict[str, int]:
    """Ids of what the steps name as parents and is not done, 0 for those that are about to be added."""
    new = {spec.name: 0 for spec in specs}
    earlier = {name for spec in specs for name in spec.after} - new.keys()
    found = select(steps.c.name, steps.c.id, steps.c.state).where(steps.c.job == job)
    known = {row.name: row for row in tx.execute(found.where(steps.c.name.in_(earlier)))}
    return new | {name: known[name].id for name in earlier if known[name].state != "done"}


def _row(job: LockedJob, spec: StepSpec, waiting_for: int, now: float) -> dict[str, Any]:
    begun = "waiting" if waiting_for else "ready"
    return {
        "job": job.id,
        "name": spec.name,
        "kind": spec.kind,
        "params": spec.params,
        "state": begun if job.state == "running" else "stopped",
        "waiting_for": waiting_for,
        "queue": spec.needs.queue if job.cluster else None,
        "priority": job.priority,
        "threads": spec.needs.threads,
        "memory": spec.needs.memory,
        "seconds": spec.needs.seconds,
        "since": now,
    }

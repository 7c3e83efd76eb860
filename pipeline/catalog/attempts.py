"""Attempts at steps: one that lasts is told by its step alone, one that ended is kept."""

from typing import Any

from sqlalchemy import ColumnElement, Float, Insert, bindparam, insert, null, select, union_all

from pipeline.catalog.database import Transaction
from pipeline.catalog.records import AttemptRecord, Failure, Outcome
from pipeline.catalog.schema import attempts, is_in, steps
from pipeline.catalog.text import evidence, message

_BEGUN = (steps.c.id, steps.c.attempts, steps.c.owner, steps.c.since)
_COLUMNS = ("step", "number", "owner", "started")
_TOLD = ("outcome", "kind", "error", "evidence")


def attempts_of(condition: ColumnElement[bool]) -> Insert:
    """Keeps the attempts that steps of this condition are in: for `keep_attempts`."""
    told = (bindparam(f"told_{name}", type_=attempts.c[name].type) for name in _TOLD)
    running = (
        select(*_BEGUN, bindparam("ended", type_=Float()), *told)
        .where(condition, is_in("running"))
        # Not renewed, ended or taken back by another between here and the change of the steps.
        .with_for_update(key_share=True)
    )
    return insert(attempts).from_select([*_COLUMNS, "ended", *_TOLD], running)


def keep_attempts(
    tx: Transaction, statement: Insert, outcome: Outcome, failure: Failure | None = None, **values: object
) -> None:
    """Record how attempts end, before their steps leave them; `statement` is one of `attempts_of`."""
    told: dict[str, Any] = dict.fromkeys((f"told_{name}" for name in _TOLD), None)
    if failure:
        told["told_kind"] = failure.kind
        told["told_error"] = message(failure.message)
        told["told_evidence"] = evidence(failure.evidence)
    tx.execute(statement, {**values, **told, "told_outcome": outcome, "ended": tx.now})


_of_job = steps.c.job == bindparam("of_job")
_OF_JOB = union_all(
    select(steps.c.name, *(attempts.c[name] for name in (*_COLUMNS, "ended", *_TOLD)))
    .join(attempts, attempts.c.step == steps.c.id)
    .where(_of_job),
    select(steps.c.name, *_BEGUN, *(null() for _ in ("ended", *_TOLD))).where(_of_job, is_in("running")),
).order_by("started", "step", "number")


def attempts_at(tx: Transaction, job: str) -> list[AttemptRecord]:
    """What was tried for a job, in the order it began."""
    return [_record(*row) for row in tx.execute(_OF_JOB, {"of_job": job})]


def _record(name: str, _step: int, *rest: Any) -> AttemptRecord:
    return AttemptRecord(name, *rest)

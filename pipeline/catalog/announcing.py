"""Which steps workers are told of: the most urgent that are ready, and not more than they soon begin.

Told of all 3,000 steps of a long title at once, they would begin a short urgent one after those. What was
announced is recorded, so that messages lost or repeated decide nothing.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
    update,
)

from pipeline.catalog.database import NOW, Transaction
from pipeline.catalog.engine import greatest
from pipeline.catalog.records import PRIORITIES, QUEUES, Hint, QueueName
from pipeline.catalog.schema import is_in, jobs, steps, workers

ALIVE_SECONDS = 30.0
"""How long a worker counts as alive after its last heartbeat."""

SPARE = 16
"""Steps of a queue announced beyond two a slot, so that there are messages before there are workers."""

due = or_(steps.c.not_before.is_(None), steps.c.not_before <= NOW)
"""Whether a step that is ready may begin now."""


def _first(of: FromClause) -> ColumnElement[int]:
    """A step that was begun before goes ahead of its job's others: behind all that were announced meanwhile,
    one that was lost near the end of a title would be what a whole cluster waits for."""
    again = and_(of.c.fence > 0, of.c.priority < PRIORITIES[-1])
    return of.c.priority + case((again, 1), else_=0)


_told_before = steps.alias("told_before")
_waits = is_in("ready", of=_told_before) & _told_before.c.sent.is_not(None)

_TOLD = (
    steps.c.id,
    steps.c.kind,
    steps.c.queue,
    _first(steps).label("priority"),
    select(jobs.c.title).where(jobs.c.id == steps.c.job).scalar_subquery().label("title"),
    steps.c.name,
    steps.c.fence,
    steps.c.seconds,
    select(func.max(_first(_told_before))).where(_waits).scalar_subquery().label("before"),
)


def _best(queue: QueueName) -> Select[Any]:
    """What may be announced in a queue now, locked; what another transaction announces is left out.

    Nothing is joined: a planner that cannot know the limit expects many rows, and reads all steps for them.
    """
    of_queue = steps.c.queue == queue
    serving = (workers.c.seen > NOW - ALIVE_SECONDS) & workers.c.queues.contains(f",{queue},")
    slots = select(func.coalesce(func.sum(workers.c.slots), 0)).where(serving).scalar_subquery()
    sent = is_in("ready") & steps.c.sent.is_not(None) & of_queue
    outstanding = select(func.count()).select_from(steps).where(sent).scalar_subquery()
    unsent = is_in("ready") & steps.c.sent.is_(None) & of_queue & due
    best = (
        select(steps.c.id)
        .where(unsent)
        .order_by(steps.c.priority.desc(), steps.c.id)
        .limit(greatest(2 * slots + SPARE - outstanding, bindparam(f"least_{queue}")))
        .with_for_update(skip_locked=True, key_share=True)
    )
    return select(best.cte(queue))


_ANNOUNCE = (
    update(steps)
    .where(steps.c.id.in_(union_all(*map(_best, QUEUES))))
    .values(sent=bindparam("told_at"))
    .returning(*_TOLD)
)


def announce(tx: Transaction, taken: QueueName | None = None) -> list[Hint]:
    """What workers are to be told once the transaction has taken effect: its last statement.

    Who asks does a step of the queue `taken` himself, and is told of one however many wait there.
    """
    least = {f"least_{queue}": int(queue == taken) for queue in QUEUES}
    rows = tx.execute(_ANNOUNCE, {"now": tx.now, "told_at": tx.now, **least}).all()
    # Whether a database counts what the statement itself announces is for each to say.
    highest = max((max(row.priority, row.before or 0) for row in rows), default=0)
    hints = [replace(Hint(*row), highest=highest) for row in rows]
    return sorted(hints, key=lambda hint: (-hint.priority, hint.step))

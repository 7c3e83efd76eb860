"""Steps whose holder was lost: begun again by another, or parked where that happens too often."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case, select, update

from pipeline.catalog.attempts import attempts_of, keep_attempts
from pipeline.catalog.database import Transaction
from pipeline.catalog.endings import fail_job
from pipeline.catalog.locking import LockedJob
from pipeline.catalog.records import Failure, Outcome, TakenBack
from pipeline.catalog.schema import attempts, is_in, jobs, steps
from pipeline.catalog.text import message
from pipeline.errors import TelecineError

KILLS = 2
"""A step that ended its process so often will do so again."""

LOSSES = 5
"""Machines die without a step's fault, but not five of them over one step."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A lease as it was when its holder was found lost: `killed` where the worker round it lives."""

    step: int
    fence: int
    expires: float
    killed: bool

    @property
    def outcome(self) -> Outcome:
        return "killed" if self.killed else "lost"


def take_back(tx: Transaction, job: LockedJob, lost: Iterable[Lost]) -> list[TakenBack]:
    """End these leases of a job, those that were renewed or ended meanwhile left out."""
    taken = [back for one in lost if (back := _take_back(tx, job, one))]
    if taken:
        tx.execute(update(jobs).where(jobs.c.id == job.id).values(lost=jobs.c.lost + len(taken)))
    return taken


def _take_back(tx: Transaction, job: LockedJob, lost: Lost) -> TakenBack | None:
    counter = steps.c.kills if lost.killed else steps.c.losses
    too_often = counter + 1 >= (KILLS if lost.killed else LOSSES)
    again = "ready" if job.state == "running" else "stopped"
    same = (steps.c.id == lost.step) & (steps.c.fence == lost.fence) & (steps.c.expires == lost.expires)
    keep_attempts(tx, attempts_of(same), lost.outcome, Failure(_TOLD[lost.outcome]))
    row = tx.execute(
        update(steps)
        .where(same, is_in("running"))
        .values(
            {counter: counter + 1},
        )
        .values(state=case((too_often, "parked"), else_=again), since=tx.now)
        .values(owner=None, worker=None, expires=None)
        .returning(steps.c.name, steps.c.state)
    ).first()
    if row is None:
        return None
    if row.state == "parked":
        _park(tx, job, lost, row.name)
    return TakenBack(lost.step, job.id, row.name, lost.outcome, row.state == "parked")


_TOLD = {
    "killed": "the process that ran it ended without a word",
    "lost": "its worker ended, or was not heard of any more",
}


def _park(tx: Transaction, job: LockedJob, lost: Lost, name: str) -> None:
    same = (attempts.c.step == lost.step) & (attempts.c.outcome == lost.outcome)
    numbers = tx.execute(select(attempts.c.number).where(same).order_by(attempts.c.number)).scalars()
    told = f"attempts {', '.join(map(str, numbers))} of {name} ended so: {_TOLD[lost.outcome]}"
    error = message(f"{told}; it is not tried again until the job is retried")
    tx.execute(update(steps).where(steps.c.id == lost.step).values(error=error))
    fail_job(tx, job.id, Failure(error, TelecineError.__name__))

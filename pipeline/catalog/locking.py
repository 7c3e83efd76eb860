"""The lock of a job, under which its steps and counters change.

Whoever changes more than one step of a job holds the job's lock: so a step cannot be added after a parent
that is just being finished, ids of events ascend as they are committed, and counters are right.

Nobody deadlocks, for locks are taken in one order: job, worker, steps. What touches steps of several jobs
(announcing, renewing) comes last in its transaction and passes over rows that are locked.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from pipeline.catalog.database import Transaction
from pipeline.catalog.records import JobState
from pipeline.catalog.schema import jobs


@dataclass(frozen=True, slots=True)
class LockedJob:
    """What is known of a job as long as nobody else can change it."""

    id: str
    title: str
    state: JobState
    priority: int
    cluster: bool


LOCKED = (jobs.c.id, jobs.c.title, jobs.c.state, jobs.c.priority, jobs.c.cluster)

# Not the stronger FOR UPDATE: rows that refer to the job may be added meanwhile.
_LOCK = select(*LOCKED).where(jobs.c.id == bindparam("job")).with_for_update(key_share=True)


def lock_job(tx: Transaction, job: str) -> LockedJob | None:
    """Wait until nobody else changes the job; None where there is none of that id."""
    row = tx.execute(_LOCK, {"job": job}).first()
    return LockedJob(*row) if row else None

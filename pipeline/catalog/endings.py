"""How a job ends, and what webhooks are to tell of it: recorded together, so that neither is alone."""

from sqlalchemy import insert, update

from pipeline.catalog.database import Transaction
from pipeline.catalog.locking import lock_job
from pipeline.catalog.records import Failure
from pipeline.catalog.schema import events, is_in, jobs, steps
from pipeline.catalog.text import message
from pipeline.codec import to_json
from pipeline.errors import exit_code_of
from pipeline.events import Failed


def keep_event(tx: Transaction, job: str, body: bytes, *, announce: bool) -> None:
    """Keep an event, JSON, for webhooks to tell if it is to be announced."""
    due = tx.now if announce else None
    tx.execute(insert(events), {"job": job, "at": tx.now, "body": body, "due": due})


def fail_job(tx: Transaction, job: str, failure: Failure) -> None:
    """The job is over, unless it is already; what runs goes on, what has not begun never will."""
    locked = lock_job(tx, job)
    if locked is None or locked.state != "running":
        return
    error = message(failure.message)
    tx.execute(update(jobs).where(jobs.c.id == job).values(state="failed", ended=tx.now, error=error))
    unbegun = (steps.c.job == job) & is_in("waiting", "ready")
    tx.execute(update(steps).where(unbegun).values(state="stopped", since=tx.now, sent=None))
    if locked.cluster:
        told = Failed(error=failure.kind, message=error, exit_code=exit_code_of(failure.kind))
        keep_event(tx, job, to_json(told), announce=True)

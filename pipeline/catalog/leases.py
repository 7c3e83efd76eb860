"""Leases of steps: how one begins, and how it ends by its holder's own word."""

from typing import Any

from sqlalchemy import Float, Update, bindparam, select, update

from pipeline.catalog.attempts import attempts_of, keep_attempts
from pipeline.catalog.database import NOW, Transaction
from pipeline.catalog.records import Failure, Lease, Outcome, StepState
from pipeline.catalog.schema import is_in, jobs, steps
from pipeline.errors import StaleLeaseError

_of_step = jobs.c.id == steps.c.job

TAKE = (
    update(steps)
    .values(
        state="running",
        owner=bindparam("by"),
        worker=bindparam("within"),
        expires=NOW + bindparam("lease", type_=Float()),
        since=NOW,
        fence=steps.c.fence + 1,
        attempts=steps.c.attempts + 1,
        sent=None,
        not_before=None,
        storing=False,
    )
    .returning(
        steps.c.id,
        steps.c.job,
        select(jobs.c.title).where(_of_step).scalar_subquery(),
        select(jobs.c.spec).where(_of_step).scalar_subquery(),
        steps.c.name,
        steps.c.kind,
        steps.c.params,
        steps.c.attempts,
        steps.c.failures,
        steps.c.owner,
        steps.c.worker,
        steps.c.fence,
        steps.c.seconds,
        steps.c.since,
    )
)
"""Gives a step to its next holder; the caller adds which step, and on what condition."""

_held = (steps.c.id == bindparam("held_id")) & (steps.c.fence == bindparam("held_fence")) & is_in("running")
_END = update(steps).where(_held)
_ATTEMPT = attempts_of(_held)
_KEEP = select(steps.c.id).where(_held).with_for_update(key_share=True)


def begin(tx: Transaction, take: Update, owner: str, worker: str, **values: object) -> Lease | None:
    """Take a step by a statement made of TAKE; None where it found none to take."""
    row = tx.execute(
        take, {"by": owner, "within": worker, "now": tx.known, "lease": tx.lease, **values}
    ).first()
    if row is None:
        return None
    *lease, since = row
    tx.learn(since)
    return Lease(*lease)


def end(
    tx: Transaction,
    lease: Lease,
    state: StepState,
    outcome: Outcome,
    failure: Failure | None = None,
    **values: Any,
) -> None:
    """The holder lets go of the step, which enters `state`; `values` are of further columns.

    Raises StaleLeaseError where the step is not his any more.
    """
    held = {"held_id": lease.step, "held_fence": lease.fence}
    values |= {"state": state, "since": tx.now, "owner": None, "worker": None, "expires": None}
    keep_attempts(tx, _ATTEMPT, outcome, failure, **held)
    if not tx.execute(_END, held | values).rowcount:
        raise lost(lease)


def keep_storing(tx: Transaction, lease: Lease) -> None:
    """The holder keeps the step, but not its share of the worker's room."""
    tx.execute(_END, {"held_id": lease.step, "held_fence": lease.fence, "storing": True})


def require(tx: Transaction, lease: Lease) -> None:
    """Keep the lease from passing on until the transaction ends. Raises StaleLeaseError where it has."""
    if not tx.scalar(_KEEP, {"held_id": lease.step, "held_fence": lease.fence}):
        raise lost(lease)


def lost(lease: Lease) -> StaleLeaseError:
    return StaleLeaseError(f"{lease.job}: step {lease.name} was taken over by another worker")

"""Leases of steps: how one begins, and how it ends by its holder's own word."""

from typing import Any

from sqlalchemy import Float, Update, bindparam, insert, select, update

from pipeline.catalog.database import Transaction
from pipeline.catalog.records import Failure, Lease, Outcome, StepState
from pipeline.catalog.schema import attempts, is_in, jobs, steps
from pipeline.catalog.text import evidence, message
from pipeline.errors import StaleLeaseError

_now = bindparam("now", type_=Float())
_of_step = jobs.c.id == steps.c.job

TAKE = (
    update(steps)
    .values(
        state="running",
        owner=bindparam("by"),
        worker=bindparam("within"),
        expires=_now + bindparam("lease", type_=Float()),
        since=_now,
        fence=steps.c.fence + 1,
        attempts=steps.c.attempts + 1,
        sent=None,
        not_before=None,
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
    )
)
"""Gives a step to its next holder; the caller adds which step, and on what condition."""

_held = (steps.c.id == bindparam("held_id")) & (steps.c.fence == bindparam("held_fence")) & is_in("running")
_END = update(steps).where(_held)
_KEEP = select(steps.c.id).where(_held).with_for_update(key_share=True)

_END_ATTEMPT = update(attempts).where(
    attempts.c.step == bindparam("held_id"), attempts.c.number == bindparam("held_number")
)


def begin(tx: Transaction, take: Update, owner: str, worker: str, **values: object) -> Lease | None:
    """Take a step by a statement made of TAKE, and record the attempt; None where it found none to take."""
    row = tx.execute(
        take, {"by": owner, "within": worker, "now": tx.now, "lease": tx.lease, **values}
    ).first()
    if row is None:
        return None
    lease = Lease(*row)
    attempt = {"step": lease.step, "number": lease.attempt, "owner": owner, "started": tx.now}
    tx.execute(insert(attempts), attempt)
    return lease


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
    if not tx.execute(_END, held | values).rowcount:
        raise lost(lease)
    end_attempt(tx, lease.step, lease.attempt, outcome, failure)


def end_attempt(
    tx: Transaction, step: int, number: int, outcome: Outcome, failure: Failure | None = None
) -> None:
    values: dict[str, Any] = {"ended": tx.now, "outcome": outcome}
    if failure:
        told = {"error": message(failure.message), "evidence": evidence(failure.evidence)}
        values |= told | {"kind": failure.kind}
    tx.execute(_END_ATTEMPT, {"held_id": step, "held_number": number, **values})


def require(tx: Transaction, lease: Lease) -> None:
    """Keep the lease from passing on until the transaction ends. Raises StaleLeaseError where it has."""
    if not tx.scalar(_KEEP, {"held_id": lease.step, "held_fence": lease.fence}):
        raise lost(lease)


def lost(lease: Lease) -> StaleLeaseError:
    return StaleLeaseError(f"{lease.job}: step {lease.name} was taken over by another worker")

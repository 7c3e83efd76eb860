"""Steps: claimed by lease, finished once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, case, select, tuple_, update

from pipeline.catalog import claiming
from pipeline.catalog.announcing import announce
from pipeline.catalog.attempts import attempts_at
from pipeline.catalog.database import NOW, Facet, Transaction, reads, writes
from pipeline.catalog.endings import fail_job, keep_event
from pipeline.catalog.graph import add_steps, release_children
from pipeline.catalog.leases import end, keep_storing, lost
from pipeline.catalog.locking import LOCKED, LockedJob, lock_job
from pipeline.catalog.records import (
    AttemptRecord,
    Cost,
    Failure,
    Hint,
    Lease,
    QueueName,
    Refusal,
    Room,
    StepRecord,
    StepSpec,
    StepState,
)
from pipeline.catalog.schema import is_in, jobs, steps
from pipeline.catalog.text import message

_all_done = (jobs.c.state == "running") & (jobs.c.done + 1 == jobs.c.total + bindparam("added"))

_COUNT_DONE = (
    update(jobs)
    .where(jobs.c.id == bindparam("of_job"))
    .values(
        total=jobs.c.total + bindparam("added"),
        done=jobs.c.done + 1,
        frames=jobs.c.frames + bindparam("more_frames"),
        cpu=jobs.c.cpu + bindparam("more_cpu"),
        size=jobs.c.size + bindparam("more_size"),
        state=case((_all_done, "done"), else_=jobs.c.state),
        ended=case((_all_done, NOW), else_=jobs.c.ended),
    )
    .returning(*LOCKED, NOW)
)

_RETRIES = (
    update(jobs)
    .where(jobs.c.id == bindparam("of_job"))
    .values(retries=jobs.c.retries + 1)
    .returning(*LOCKED, NOW)
)


class Steps(Facet):
    @reads
    def of(self, tx: Transaction, job: str) -> list[StepRecord]:
        """All steps of a job in the order they were added."""
        columns = (steps.c[name] for name in StepRecord.__slots__)
        rows = tx.execute(select(*columns).where(steps.c.job == job).order_by(steps.c.id))
        return [StepRecord(*row) for row in rows]

    @reads
    def result(self, tx: Transaction, job: str, name: str) -> bytes | None:
        """A step's result, None while it is not done."""
        found: bytes | None = tx.scalar(
            select(steps.c.result).where(steps.c.job == job, steps.c.name == name)
        )
        return found

    @reads
    def attempts(self, tx: Transaction, job: str) -> list[AttemptRecord]:
        """What was tried for a job, in the order it began."""
        return attempts_at(tx, job)

    @writes
    def claim_next(self, tx: Transaction, job: str, owner: str) -> Lease | None:
        """Lease the first step of a job that is ready, or whose holder let its lease expire; None where
        there is none. Nobody takes over from himself: after a laptop slept, its work still goes on."""
        return claiming.claim_first(tx, job, owner)

    @writes
    def claim(self, tx: Transaction, step: int, owner: str, room: Room) -> Lease | Refusal:
        """Lease this step to `owner`, a process of the worker `room.worker`, where it is ready and due.

        A step that needs threads or memory is leased only where what the worker runs leaves room for it; one
        that needs more than the whole room runs alone in it.
        """
        return claiming.claim(tx, step, owner, room)

    @writes
    def renew(self, tx: Transaction, leases: Iterable[Lease]) -> set[int]:
        """Extend the leases, from now on; the ids of the steps that are still held.

        It waits for nobody: a step that is just being changed is not extended, and the next call tells how
        that ended.
        """
        held = [(lease.step, lease.fence) for lease in leases]
        if not held:
            return set()
        found = select(steps.c.id).where(tuple_(steps.c.id, steps.c.fence).in_(held), is_in("running"))
        still = set(tx.execute(found).scalars())
        free = found.with_for_update(skip_locked=True, key_share=True)
        tx.execute(update(steps).where(steps.c.id.in_(free)).values(expires=tx.now + tx.lease))
        return still

    @writes
    def storing(self, tx: Transaction, lease: Lease) -> None:
        """All that is left to do is to store what was made: the worker's room is for other steps. Nothing
        happens where the lease has passed on."""
        keep_storing(tx, lease)

    @writes
    def finish(
        self,
        tx: Transaction,
        lease: Lease,
        result: bytes,
        then: Sequence[StepSpec] = (),
        cost: Cost = Cost(),  # noqa: B008  immutable
        event: bytes | None = None,
        taken: QueueName | None = None,
    ) -> list[Hint]:
        """Record a step's result, add the steps it brought forth and release those that waited for it, all
        or nothing, and with it the event, JSON, that webhooks are to tell; what workers are to be told, or
        do themselves of the queue `taken`. Raises StaleLeaseError when the lease has passed on."""
        counted = _counts(lease, cost, len(then)) | {"now": tx.known}
        job, now = _locked_at(tx.execute(_COUNT_DONE, counted).first(), lease)
        tx.learn(now)
        end(tx, lease, "done", "done", result=result, error=None)
        release_children(tx, lease.step)
        add_steps(tx, job, then)
        if event is not None:
            keep_event(tx, lease.job, event, announce=True)
        return announce(tx, taken) if job.cluster else []

    @writes
    def fail(self, tx: Transaction, lease: Lease, failure: Failure) -> None:
        """The step failed for good, and with it the job: what has not begun is stopped. What runs goes on;
        the job can be continued by `retry`. Raises StaleLeaseError when the lease has passed on."""
        fail_job(tx, lease.job, failure)
        end(tx, lease, "failed", "failed", failure, error=message(failure.message))

    @writes
    def put_off(self, tx: Transaction, lease: Lease, failure: Failure, delay: float) -> None:
        """The step failed in a way that may heal: it is ready again, and due in `delay` seconds. Raises
        StaleLeaseError when the lease has passed on."""
        counted = {"of_job": lease.job, "now": tx.known}
        job, now = _locked_at(tx.execute(_RETRIES, counted).first(), lease)
        tx.learn(now)
        again = {"failures": lease.failures + 1, "not_before": tx.now + delay}
        end(tx, lease, _again(job), "retried", failure, **again)

    @writes
    def give_back(self, tx: Transaction, lease: Lease, delay: float = 0.0) -> None:
        """The step is ready again, and due in `delay` seconds, without a failure of its own: its holder
        stops, or a service is out of reach. Raises StaleLeaseError when the lease has passed on."""
        job = lock_job(tx, lease.job)
        if job is None:
            raise lost(lease)
        end(tx, lease, _again(job), "returned", not_before=tx.now + delay if delay else None)


def _counts(lease: Lease, cost: Cost, added: int) -> dict[str, Any]:
    """What a finished step adds to its job's counters. What was found made costs nothing again."""
    frames, size, cpu = (0, 0, 0.0) if cost.reused else (cost.frames, cost.size, cost.cpu)
    more = {"more_frames": frames, "more_cpu": cpu, "more_size": size}
    return {"of_job": lease.job, "added": added, **more}


def _again(job: LockedJob) -> StepState:
    """What a step returns to, which may have outlived its job."""
    return "ready" if job.state == "running" else "stopped"


def _locked_at(row: Row[*tuple[Any, ...]] | None, lease: Lease) -> tuple[LockedJob, float]:
    """A job that a statement locked, and the time by then."""
    if row is None:
        raise lost(lease)
    *job, now = row
    return LockedJob(*job), now

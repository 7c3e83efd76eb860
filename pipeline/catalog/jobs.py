"""Jobs: recorded once, ended by their steps or by a user, continued after a failure."""

from collections.abc import Sequence

from sqlalchemy import case, delete, select, update

from pipeline.catalog.announcing import announce
from pipeline.catalog.attempts import attempts_of, keep_attempts
from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.graph import add_steps
from pipeline.catalog.locking import LockedJob, lock_job
from pipeline.catalog.records import Hint, JobRecord, JobState, NewJob
from pipeline.catalog.schema import edges, is_in, jobs, steps
from pipeline.catalog.totals import keep

_COLUMNS = tuple(jobs.c[name] for name in JobRecord.__slots__)


class Jobs(Facet):
    @writes
    def open(self, tx: Transaction, new: NewJob) -> list[Hint]:
        """Record a job and its first steps; where it is recorded already, nothing changes. What workers are
        to be told."""
        row = {
            "id": new.id,
            "title": new.title,
            "spec": new.spec,
            "created": tx.now,
            "priority": new.priority,
            "cluster": new.cluster,
            "total": len(new.first),
        }
        inserted = tx.execute(tx.upsert(jobs).on_conflict_do_nothing().returning(jobs.c.id), row).first()
        if inserted is None:
            return []
        add_steps(tx, LockedJob(new.id, new.title, "running", new.priority, new.cluster), new.first)
        return announce(tx) if new.cluster else []

    @reads
    def get(self, tx: Transaction, job: str) -> JobRecord | None:
        row = tx.execute(select(*_COLUMNS).where(jobs.c.id == job)).first()
        return JobRecord(*row) if row else None

    @reads
    def recent(
        self, tx: Transaction, limit: int, states: Sequence[JobState] = (), title: str | None = None
    ) -> list[JobRecord]:
        """The newest jobs first; of all states and titles unless some are named."""
        found = select(*_COLUMNS).order_by(jobs.c.created.desc(), jobs.c.id).limit(limit)
        if states:
            found = found.where(jobs.c.state.in_(states))
        if title is not None:
            found = found.where(jobs.c.title == title)
        return [JobRecord(*row) for row in tx.execute(found)]

    @reads
    def matching(self, tx: Transaction, beginning: str, limit: int) -> list[str]:
        """Ids that begin so, in order: people type a few characters of one."""
        found = select(jobs.c.id).where(jobs.c.id.startswith(beginning, autoescape=True))
        return list(tx.execute(found.order_by(jobs.c.id).limit(limit)).scalars())

    @writes
    def cancel(self, tx: Transaction, job: str) -> bool:
        """End a job by a user's word: what has not begun never will, and what runs is withdrawn from its
        holder, whose next heartbeat tells him. Whether the job was running."""
        locked = lock_job(tx, job)
        if locked is None or locked.state != "running":
            return False
        tx.execute(update(jobs).where(jobs.c.id == job).values(state="cancelled", ended=tx.now))
        _withdraw(tx, job)
        tx.execute(
            update(steps)
            .where((steps.c.job == job) & is_in("waiting", "ready", "running"))
            .values(state="stopped", since=tx.now, owner=None, worker=None, expires=None, sent=None)
        )
        return True

    @writes
    def retry(self, tx: Transaction, job: str) -> list[Hint]:
        """Continue a job that failed or was cancelled where it ended, its steps' failures forgiven; what
        workers are to be told. Nothing changes where it runs or is done."""
        locked = lock_job(tx, job)
        if locked is None or locked.state not in ("failed", "cancelled"):
            return []
        tx.execute(update(jobs).where(jobs.c.id == job).values(state="running", ended=None, error=None))
        tx.execute(
            update(steps)
            .where((steps.c.job == job) & is_in("failed", "parked", "stopped"))
            .values(
                state=case((steps.c.waiting_for > 0, "waiting"), else_="ready"),
                since=tx.now,
                error=None,
                not_before=None,
                sent=None,
                failures=0,
                kills=0,
                losses=0,
            )
        )
        return announce(tx) if locked.cluster else []

    @writes
    def prioritize(self, tx: Transaction, job: str, priority: int) -> list[Hint]:
        """Give a job and what is left of it another priority; what workers are to be told anew."""
        locked = lock_job(tx, job)
        if locked is None or locked.priority == priority:
            return []
        tx.execute(update(jobs).where(jobs.c.id == job).values(priority=priority))
        # What runs may be put off, and what is stopped be continued.
        left = (steps.c.job == job) & (steps.c.state != "done")
        tx.execute(update(steps).where(left).values(priority=priority, sent=None))
        return announce(tx) if locked.cluster else []

    @writes
    def forget(self, tx: Transaction, job: str) -> None:
        """Remove a job and its steps; what it published stays, and so does what it added to the totals."""
        lock_job(tx, job)
        keep(tx, job)
        of_job = select(steps.c.id).where(steps.c.job == job)
        tx.execute(delete(edges).where(edges.c.child.in_(of_job)))
        tx.execute(delete(steps).where(steps.c.job == job))
        tx.execute(delete(jobs).where(jobs.c.id == job))


def _withdraw(tx: Transaction, job: str) -> None:
    """End the attempts that last. What is ready is locked too: to begin it, workers ask for no job's lock."""
    found = select(steps.c.id).where((steps.c.job == job) & is_in("ready", "running"))
    tx.execute(found.with_for_update(key_share=True)).all()
    keep_attempts(tx, attempts_of(steps.c.job == job), "withdrawn")

"""The steps of all jobs: which are to be announced, whose holders are lost, how many there are."""

from collections.abc import Callable
from itertools import groupby

from sqlalchemy import Float, Row, Select, bindparam, func, or_, select, update

from pipeline.catalog.announcing import announce
from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.locking import lock_job
from pipeline.catalog.losses import Lost, take_back
from pipeline.catalog.records import Figures, Hint, QueueName, TakenBack
from pipeline.catalog.schema import ACTIVE, is_in, locks, steps
from pipeline.catalog.totals import jobs_and_totals

_now = bindparam("now", type_=Float())

_HELD = select(steps.c.job, steps.c.id, steps.c.fence, steps.c.expires, steps.c.owner, steps.c.worker).where(
    is_in("running")
)
_EXPIRED = _HELD.where(steps.c.expires < _now)

# One that was put off is not waiting for a worker until it is due.
_due_since = func.coalesce(steps.c.not_before, steps.c.since)


class Queue(Facet):
    @writes
    def hints(self, tx: Transaction) -> list[Hint]:
        """What workers are to be told of now."""
        return announce(tx)

    @writes
    def forget_sent(self, tx: Transaction, seconds: float, queue: QueueName | None = None) -> None:
        """Steps, of one queue or of all, that were announced so long ago and that nobody claimed are
        announced again by the next `hints`."""
        lost = is_in("ready") & steps.c.sent.is_not(None) & (steps.c.sent < tx.now - seconds)
        if queue:
            lost &= steps.c.queue == queue
        free = select(steps.c.id).where(lost).with_for_update(skip_locked=True, key_share=True)
        tx.execute(update(steps).where(steps.c.id.in_(free)).values(sent=None))

    def take_expired(self) -> list[TakenBack]:
        """Take back what holders have whose leases ran out. Nobody knows whether they live, so a worker
        counts as lost with its process."""
        return self._take_back(_EXPIRED, lambda row: Lost(row.id, row.fence, row.expires, killed=False))

    def take_back(self, is_dead: Callable[[str], bool], machine: str) -> list[TakenBack]:
        """Take back what dead processes of a machine hold, without waiting for the leases to run out."""

        def lost(row: Row[tuple[str, int, int, float, str, str]]) -> Lost | None:
            if not is_dead(row.owner):
                return None
            return Lost(
                row.id, row.fence, row.expires, killed=row.worker != row.owner and not is_dead(row.worker)
            )

        here = steps.c.owner.startswith(f"{machine}.", autoescape=True)
        return self._take_back(_HELD.where(here), lost)

    def _take_back(
        self,
        held: Select[tuple[str, int, int, float, str, str]],
        lost: Callable[[Row[tuple[str, int, int, float, str, str]]], Lost | None],
    ) -> list[TakenBack]:
        """A transaction a job, for each begins with the job's lock."""
        rows = self._database.run(lambda tx: tx.execute(held, {"now": tx.now}).all(), writes=False)
        found = [(row.job, one) for row in rows if (one := lost(row))]
        # Sorted here: asked for an order by job, SQLite reads all steps in that order.
        found.sort(key=lambda pair: (pair[0], pair[1].step))
        taken: list[TakenBack] = []
        for job, group in groupby(found, lambda pair: pair[0]):
            taken += self._take_back_of(job, [one for _, one in group])
        return taken

    @writes
    def _take_back_of(self, tx: Transaction, job: str, lost: list[Lost]) -> list[TakenBack]:
        locked = lock_job(tx, job)
        return take_back(tx, locked, lost) if locked else []

    @writes
    def lock(self, tx: Transaction, name: str, owner: str, seconds: float) -> bool:
        """Take or keep an office for so long; whether `owner` has it now."""
        row = {"name": name, "owner": owner, "expires": tx.now + seconds}
        mine = or_(locks.c.owner == owner, locks.c.expires < tx.now)
        taken = tx.upsert(locks).on_conflict_do_update(
            index_elements=["name"], set_={"owner": owner, "expires": tx.now + seconds}, where=mine
        )
        return tx.execute(taken.returning(locks.c.name), row).first() is not None

    @writes
    def unlock(self, tx: Transaction, name: str, owner: str) -> None:
        mine = (locks.c.name == name) & (locks.c.owner == owner)
        tx.execute(update(locks).where(mine).values(expires=0.0))

    @reads
    def figures(self, tx: Transaction) -> Figures:
        """How the site stands."""
        grouped = select(steps.c.state, steps.c.queue, func.count(), func.min(_due_since))
        rows = tx.execute(grouped.where(is_in(*ACTIVE)).group_by(steps.c.state, steps.c.queue)).all()
        states: dict[str, int] = {}
        for state, _, count, _ in rows:
            states[state] = states.get(state, 0) + count
        queued = {
            state: [row for row in rows if row.state == state and row.queue] for state in ("ready", "running")
        }
        jobs, totals = jobs_and_totals(tx)
        return Figures(
            ready={queue: count for _, queue, count, _ in queued["ready"]},
            oldest={queue: max(0.0, tx.now - since) for _, queue, _, since in queued["ready"]},
            running={queue: count for _, queue, count, _ in queued["running"]},
            states=states,
            jobs=jobs,
            totals=totals,
        )

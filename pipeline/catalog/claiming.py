"""Who may do a step: what must hold for a lease to begin."""

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, exists, func, or_, select

from pipeline.catalog.announcing import due
from pipeline.catalog.database import NOW, Transaction
from pipeline.catalog.leases import TAKE, begin
from pipeline.catalog.locking import lock_job
from pipeline.catalog.losses import Lost, take_back
from pipeline.catalog.records import Lease, Refusal, Room
from pipeline.catalog.schema import is_in, jobs, steps, workers

_this = steps.c.id == bindparam("step_id")
_job_runs = select(jobs.c.state).where(jobs.c.id == steps.c.job).scalar_subquery() == "running"
_claimable = and_(_this, is_in("ready"), due, _job_runs)


def _sized(of: FromClause) -> ColumnElement[bool]:
    """Whether a step needs a share of its worker's room."""
    return (of.c.threads > 0) | (of.c.memory > 0)


_held = steps.alias("held")
_beside = and_(
    is_in("running", of=_held), _held.c.worker == bindparam("within"), _sized(_held), ~_held.c.storing
)


def _used(name: str) -> ColumnElement[int]:
    return select(func.coalesce(func.sum(_held.c[name]), 0)).where(_beside).scalar_subquery()


_fits = or_(
    # One larger than all the room is not refused for ever: it runs alone.
    ~exists().where(_beside),
    and_(
        steps.c.threads + _used("threads") <= bindparam("room_threads"),
        steps.c.memory + _used("memory") <= bindparam("room_memory"),
    ),
)

_IS_CLAIMABLE = select(steps.c.id).where(_claimable)
_TAKE_WITHOUT_ROOM = TAKE.where(_claimable, ~_sized(steps))
_TAKE_WITH_ROOM = TAKE.where(_claimable, _fits)
_TAKE_FIRST = TAKE.where(_this)

# Two processes of a worker must not both find the room that is left.
_LOCK_ROOM = select(workers.c.id).where(workers.c.id == bindparam("within")).with_for_update(key_share=True)


def claim(tx: Transaction, step: int, owner: str, room: Room) -> Lease | Refusal:
    """That step, where it may begin now and the worker has the room for it."""
    lease = begin(tx, _TAKE_WITHOUT_ROOM, owner, room.worker, step_id=step)
    if lease:
        return lease
    tx.execute(_LOCK_ROOM, {"within": room.worker})
    wanted = {"step_id": step, "room_threads": room.threads, "room_memory": room.memory}
    lease = begin(tx, _TAKE_WITH_ROOM, owner, room.worker, **wanted)
    if lease:
        return lease
    left = tx.scalar(_IS_CLAIMABLE, {"step_id": step, "now": tx.now})
    return Refusal.NO_ROOM if left else Refusal.GONE


_expired = and_(is_in("running"), steps.c.expires < NOW, steps.c.owner != bindparam("by"))
_FIRST = (
    select(steps.c.id, steps.c.state, steps.c.fence, steps.c.expires)
    .where(steps.c.job == bindparam("job_id"), is_in("ready", "running"))
    .where(or_(and_(is_in("ready"), due), _expired))
    .order_by(steps.c.id)
    .limit(1)
    # Neither renewed nor claimed by a worker between here and the lease: those do not ask for the job's lock.
    .with_for_update(key_share=True)
)


def claim_first(tx: Transaction, job: str, owner: str) -> Lease | None:
    """The first step of a job that is ready, or whose holder let its lease expire."""
    locked = lock_job(tx, job)
    if locked is None or locked.state != "running":
        return None
    found = tx.execute(_FIRST, {"job_id": job, "by": owner, "now": tx.now}).first()
    if found is None:
        return None
    if found.state == "running":
        lost = Lost(found.id, found.fence, found.expires, killed=False)
        if any(back.parked for back in take_back(tx, locked, [lost])):
            return None
    return begin(tx, _TAKE_FIRST, owner, owner, step_id=found.id)

"""What happened in a job, kept in order; and what of it webhooks have yet to tell."""

from sqlalchemy import select, update

from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.endings import keep_event
from pipeline.catalog.locking import lock_job
from pipeline.catalog.records import EventRecord
from pipeline.catalog.schema import events

_COLUMNS = tuple(events.c[name] for name in EventRecord.__slots__)


class Events(Facet):
    @writes
    def append(self, tx: Transaction, job: str, body: bytes, *, announce: bool = False) -> None:
        """Keep an event, for webhooks to tell if it is to be announced. Nothing is kept of a job that was
        forgotten meanwhile."""
        if lock_job(tx, job) is not None:
            keep_event(tx, job, body, announce=announce)

    @reads
    def after(self, tx: Transaction, job: str, cursor: int, limit: int = 500) -> list[EventRecord]:
        """Events of a job in order, those whose id is greater than `cursor`."""
        later = (events.c.job == job) & (events.c.id > cursor)
        rows = tx.execute(select(*_COLUMNS).where(later).order_by(events.c.id).limit(limit))
        return [EventRecord(*row) for row in rows]

    @reads
    def due(self, tx: Transaction, limit: int) -> list[EventRecord]:
        """What webhooks are to tell now, the longest due first."""
        is_due = events.c.due.is_not(None) & (events.c.due <= tx.now)
        rows = tx.execute(select(*_COLUMNS).where(is_due).order_by(events.c.due, events.c.id).limit(limit))
        return [EventRecord(*row) for row in rows]

    @writes
    def postpone(self, tx: Transaction, event: int, delay: float) -> None:
        """A webhook did not take it: it is due again in `delay` seconds."""
        values = {"due": tx.now + delay, "tries": events.c.tries + 1}
        tx.execute(update(events).where(events.c.id == event).values(**values))

    @writes
    def lapse(self, tx: Transaction, seconds: float) -> None:
        """What nobody tried to tell for so long is not told any more: nobody is there who would."""
        waiting = events.c.due.is_not(None) & (events.c.due < tx.now - seconds)
        tx.execute(update(events).where(waiting, events.c.tries == 0).values(due=None))

    @writes
    def announced(self, tx: Transaction, event: int) -> None:
        """All webhooks took it, or are not asked any more."""
        tx.execute(update(events).where(events.c.id == event).values(due=None))

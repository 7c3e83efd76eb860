"""What all jobs add up to, forgotten ones too: monitoring takes a sum that falls for one that began anew."""

from sqlalchemy import func, select

from pipeline.catalog.database import Transaction
from pipeline.catalog.schema import forgotten, jobs

COUNTERS = ("total", "done", "retries", "lost", "frames", "cpu", "size")
"""Of JobRecord."""


def totals(tx: Transaction) -> dict[str, float]:
    sums = tx.execute(select(*(func.coalesce(func.sum(jobs.c[name]), 0) for name in COUNTERS))).one()
    past = dict(tx.execute(select(forgotten.c.counter, forgotten.c.value)).all())
    return {name: float(value) + past.get(name, 0.0) for name, value in zip(COUNTERS, sums, strict=True)}


def keep(tx: Transaction, job: str) -> None:
    """Keep what a job that is about to be forgotten adds."""
    row = tx.execute(select(*(jobs.c[name] for name in COUNTERS)).where(jobs.c.id == job)).first()
    if row is None:
        return
    new = tx.upsert(forgotten)
    more = {"value": forgotten.c.value + new.excluded.value}
    values = [{"counter": name, "value": value} for name, value in zip(COUNTERS, row, strict=True)]
    tx.execute(new.on_conflict_do_update(index_elements=["counter"], set_=more), values)

"""What all jobs add up to, forgotten ones too: monitoring takes a sum that falls for one that began anew."""

from sqlalchemy import func, select

from pipeline.catalog.database import Transaction
from pipeline.catalog.schema import forgotten, jobs

COUNTERS = ("total", "done", "retries", "lost", "frames", "cpu", "size")
"""Of JobRecord."""


def jobs_and_totals(tx: Transaction) -> tuple[dict[str, int], dict[str, float]]:
    """How many jobs are in each state, and what all of them add up to, in one reading of them."""
    sums = (func.sum(jobs.c[name]) for name in COUNTERS)
    states = tx.execute(select(jobs.c.state, func.count(), *sums).group_by(jobs.c.state)).all()
    past = dict(tx.execute(select(forgotten.c.counter, forgotten.c.value)).all())
    totals = {
        name: sum((float(row[index]) for row in states), past.get(name, 0.0))
        for index, name in enumerate(COUNTERS, start=2)
    }
    return {state: count for state, count, *_ in states}, totals


def keep(tx: Transaction, job: str) -> None:
    """Keep what a job that is about to be forgotten adds."""
    row = tx.execute(select(*(jobs.c[name] for name in COUNTERS)).where(jobs.c.id == job)).first()
    if row is None:
        return
    new = tx.upsert(forgotten)
    more = {"value": forgotten.c.value + new.excluded.value}
    values = [{"counter": name, "value": value} for name, value in zip(COUNTERS, row, strict=True)]
    tx.execute(new.on_conflict_do_update(index_elements=["counter"], set_=more), values)

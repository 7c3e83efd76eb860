"""What an operation of the catalog takes, when it is empty and after a million steps.

    python -m benchmarks.catalog [--finished 1000000] [--rounds 200]

On SQLite in a file, and on a PostgreSQL that does not wait for the disk, as a battery-backed one would not.
Needs PostgreSQL; run it at the root of the repository.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TypeVar

import click
from sqlalchemy import text

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.engine import make_engine
from pipeline.catalog.records import QUEUES, Lease, NewJob, Room, StepSpec, WorkerRecord
from tests.support.postgres import running_postgres

T = TypeVar("T")
Times = dict[str, list[float]]

STEPS_A_JOB = 100
ROOM = Room("worker", 4, 10**10)
WORKER = WorkerRecord("worker", "machine", QUEUES, slots=8, threads=4, memory=10**10)

NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
JOBS = f"""
    INSERT INTO jobs (id, title, spec, created, state, ended, total, done, frames, cpu, size, cluster)
    {NUMBERS}
    SELECT 'old-' || n, 'title-' || n, CAST('null' AS BLOB), n, 'done', n, :steps, :steps, 1000, 10.0, 1000,
    TRUE FROM numbers
"""
STEPS = f"""
    INSERT INTO steps (job, name, kind, params, state, waiting_for, attempts, fence, queue, result, since)
    {NUMBERS}
    SELECT 'old-' || (1 + (n - 1) / :steps), 'encode ' || n, 'encode', CAST('null' AS BLOB), 'done', 0, 1, 1,
    'cpu', CAST('null' AS BLOB), n FROM numbers
"""
ATTEMPTS = """
    INSERT INTO attempts (step, number, owner, started, ended, outcome)
    SELECT id, 1, 'machine.1.1', since, since, 'done' FROM steps WHERE job LIKE 'old-%'
"""
EDGES = """
    INSERT INTO edges (parent, child)
    SELECT id, id + 1 FROM steps WHERE job LIKE 'old-%' AND id < (SELECT max(id) FROM steps)
"""
"""What jobs leave that are done, written past the catalog, which would take an hour for a million steps."""


@click.command()
@click.option("--finished", default=1_000_000, show_default=True, help="Steps done before.")
@click.option("--rounds", default=200, show_default=True)
def main(finished: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _compare("SQLite", f"sqlite:///{Path(folder) / 'catalog.db'}", finished, rounds)
    with running_postgres() as postgres, postgres.database() as url:
        _compare("PostgreSQL", url, finished, rounds)


def _compare(name: str, url: str, finished: int, rounds: int) -> None:
    catalog = Catalog(url)
    empty = _operations(catalog, "new", rounds)
    catalog.close()
    write_history(url, finished)
    catalog = Catalog(url)
    full = _operations(catalog, "newer", rounds)
    catalog.close()
    print(f"\n{name}, ms: median (95th percentile)     of none  of {finished:,} steps done")
    for operation in empty:
        print(f"  {operation:38} {_told(empty[operation]):>14} {_told(full[operation]):>16}")


def _told(times: list[float]) -> str:
    return f"{median(times) * 1000:.2f} ({quantiles(times, n=20)[-1] * 1000:.2f})"


def write_history(url: str, finished: int) -> None:
    engine = make_engine(url)
    blob = "bytea" if engine.dialect.name == "postgresql" else "blob"
    with engine.begin() as db:
        for statement, count in ((JOBS, finished // STEPS_A_JOB), (STEPS, finished)):
            values = {"count": count, "steps": STEPS_A_JOB}
            db.execute(text(statement.replace("BLOB", blob)), values)
        for statement in (ATTEMPTS, EDGES, "ANALYZE"):
            db.execute(text(statement))
    engine.dispose()


def _operations(catalog: Catalog, name: str, rounds: int) -> Times:
    """Each operation so often, as a job of that many pairs of steps goes through."""
    times: Times = defaultdict(list)

    def timed(operation: str, call: Callable[[], T]) -> T:
        started = perf_counter()
        result = call()
        times[operation].append(perf_counter() - started)
        return result

    steps, queue, jobs = catalog.steps, catalog.queue, catalog.jobs
    catalog.workers.beat(WORKER)
    jobs.open(NewJob(name, name, b"{}", list(_pairs(rounds)), cluster=True))
    firsts = [step.id for step in steps.of(name) if step.state == "ready"]
    for number, step in enumerate(firsts):
        lease = timed("claim", partial(steps.claim, step, "machine.1.1", ROOM))
        assert isinstance(lease, Lease)
        timed("renew", partial(steps.renew, [lease]))
        timed("finish, a child released, announce", partial(steps.finish, lease, b"null"))
        timed("hints", queue.hints)
        timed("take_expired", queue.take_expired)
        timed("forget_sent", partial(queue.forget_sent, 60.0))
        timed("beat", partial(catalog.workers.beat, WORKER))
        timed("figures", queue.figures)
        timed("jobs.get", partial(jobs.get, name))
        timed("jobs.recent of 50", partial(jobs.recent, 50))
        new = NewJob(f"{name}-{number}", name, b"{}", [StepSpec("ingest", "ingest", b"null")], cluster=True)
        timed("open a job", partial(jobs.open, new))
    return times


def _pairs(rounds: int) -> Iterator[StepSpec]:
    for number in range(rounds):
        yield StepSpec(f"parent:{number}", "noop", b"null")
        yield StepSpec(f"child:{number}", "noop", b"null", (f"parent:{number}",))


if __name__ == "__main__":
    main()

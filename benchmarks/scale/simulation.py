"""One run: so many films on so many workers."""

import random
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scale.cluster import Clock, Cluster
from benchmarks.scale.films import film, new_job
from benchmarks.scale.model import Model
from pipeline.catalog.catalog import Catalog

MEMORY = Path("/dev/shm")
"""No disk has part in virtual time."""


@dataclass(frozen=True)
class Result:
    """`makespan` is in seconds. Shares of all the workers' time: `efficiency` went into attempts that
    succeeded, `wasted` into others, `waits` into nothing, by what others did meanwhile. `catalog` has the
    real seconds that a step took there."""

    workers: int
    makespan: float
    efficiency: float
    wasted: float
    waits: Sequence[tuple[float, str]]
    catalog: float


def simulate(films: int, seconds: int, workers: int, threads: int, codecs: str, seed: int) -> Result:
    random.seed(seed)  # the verdicts' jitter
    plan, clock = film(seconds, codecs), Clock()
    jobs = [new_job(f"film-{number:04d}", plan) for number in range(films)]
    folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
    with folder, closing(Catalog(f"sqlite:///{folder.name}/catalog.db", clock)) as catalog:
        cluster = Cluster(
            catalog, clock, Model(threads, seed), workers, threads, {job.id: plan for job in jobs}
        )
        makespan = cluster.run([hint for job in jobs for hint in catalog.jobs.open(job)])
    tally, total = cluster.tally, workers * makespan
    waits = sorted(((idle / total, kind) for kind, idle in cluster.idle.waits.items()), reverse=True)
    steps = tally.ends["done"]
    return Result(workers, makespan, tally.useful / total, tally.wasted / total, waits, tally.catalog / steps)

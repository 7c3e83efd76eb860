"""One run: so many films on so many workers."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

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


def mean(results: Sequence[Result]) -> Result:
    """Of runs with as many workers."""
    waits: defaultdict[str, float] = defaultdict(float)
    for result in results:
        for share, kind in result.waits:
            waits[kind] += share / len(results)
    return Result(
        workers=results[0].workers,
        makespan=fmean(result.makespan for result in results),
        efficiency=fmean(result.efficiency for result in results),
        wasted=fmean(result.wasted for result in results),
        waits=sorted(((share, kind) for kind, share in waits.items()), reverse=True),
        catalog=fmean(result.catalog for result in results),
    )


def simulate(films: int, seconds: int, workers: int, codecs: str, model: Model) -> Result:
    random.seed(model.seed)  # the verdicts' jitter
    model.restart()
    plan, clock = film(seconds, codecs), Clock()
    jobs = [new_job(f"film-{number:04d}", plan) for number in range(films)]
    folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
    with folder, closing(Catalog(f"sqlite:///{folder.name}/catalog.db", clock)) as catalog:
        cluster = Cluster(catalog, clock, model, workers, {job.id: plan for job in jobs})
        makespan = cluster.run([hint for job in jobs for hint in catalog.jobs.open(job)])
    tally, total = cluster.tally, workers * makespan
    waits = sorted(((idle / total, kind) for kind, idle in cluster.idle.waits.items()), reverse=True)
    steps = tally.ends["done"]
    return Result(workers, makespan, tally.useful / total, tally.wasted / total, waits, tally.catalog / steps)

"""Two workers against one, and what the pipeline takes beside its encoders: a whole cluster on two cores.

    python -m benchmarks.workers [--seconds 90] [--rounds 3] [--only N]

Each worker has one core and one slot, so that two have twice as much as one. A generated film is uploaded to
an empty site and encoded with the shipped H.264 ladder. Needs redis-server, PostgreSQL and two cores, best
with nothing else to do; run it at the root of the repository.
"""

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, Popen
from typing import NamedTuple

import click
import psutil

from pipeline.catalog.catalog import Catalog
from pipeline.ffmpeg.child import bound_to_us
from samples.master import MasterSpec, Picture, make_master
from tests.support.broker import running_broker
from tests.support.cluster import Cluster
from tests.support.postgres import running_postgres


class Run(NamedTuple):
    """Seconds from the upload to the published title, and meanwhile of processors: in encoders and decoders,
    in workers, and in Redis and PostgreSQL."""

    wall: float
    encoders: float
    own: float
    servers: float


@click.command()
@click.option("--seconds", default=90, show_default=True, help="Length of the film.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--only", type=click.IntRange(1, 2), help="So many workers, compared with nothing.")
def main(seconds: int, rounds: int, only: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        make_master(film, MasterSpec(seconds=Fraction(seconds), picture=Picture(1280, 720, Fraction(24))))
        numbers = (only,) if only else (1, 2)
        walls: dict[int, list[float]] = {number: [] for number in numbers}
        for _ in range(rounds):
            for number in numbers:
                run = _run(film, number)
                walls[number].append(run.wall)
                print(f"{number} of one core: {_told(run)}", flush=True)
    if not only:
        ratios = [one / two for one, two in zip(walls[1], walls[2], strict=True)]
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"one to two workers, wall, median of {rounds}: {median(ratios):.2f} ({each})")


def _run(film: Path, workers: int) -> Run:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(running_broker(folder / "redis"))
        postgres = stack.enter_context(running_postgres())
        cluster = Cluster(folder, broker, stack.enter_context(postgres.database()))
        servers = [psutil.Process(server.pid) for server in (broker.process, postgres.process) if server]
        processes = [_started(cluster, stack, core) for core in range(workers)]
        catalog = Catalog(cluster.database)
        stack.callback(catalog.close)
        while len(catalog.workers.alive()) < workers:
            time.sleep(0.1)
        before = _spent(processes, servers)
        job = cluster.upload(film)
        while (record := catalog.jobs.get(job)) is None or record.ended is None:
            time.sleep(0.1)
        if record.state != "done":
            sys.exit(f"the job {record.state}: {record.error}")
        spent = (after - then for after, then in zip(_spent(processes, servers), before, strict=True))
        return Run(record.ended - record.created, *spent)


def _started(cluster: Cluster, stack: ExitStack, core: int) -> psutil.Process:
    """A worker on that core."""
    options = ("worker", "--threads", "1", "--concurrency", "1")
    command = bound_to_us([sys.executable, "-m", "pipeline", *options])
    process = stack.enter_context(Popen(command, env=cluster.environment, stdout=DEVNULL, stderr=DEVNULL))
    stack.callback(process.terminate)
    os.sched_setaffinity(process.pid, {core})
    return psutil.Process(process.pid)


def _spent(workers: list[psutil.Process], servers: list[psutil.Process]) -> tuple[float, float, float]:
    """Seconds of processors so far, as in a Run: encoders are what the workers' processes started and that
    ended, while those themselves still run."""
    times = [process.cpu_times() for process in _with_children(workers)]
    return (
        sum(time.children_user + time.children_system for time in times),
        sum(time.user + time.system for time in times),
        sum(sum(process.cpu_times()[:2]) for process in _with_children(servers)),
    )


def _with_children(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for process in processes for one in (process, *process.children(recursive=True))]


def _told(run: Run) -> str:
    beside = (run.own + run.servers) / (run.encoders + run.own + run.servers)
    cpu = f"{run.encoders:.1f} encoders, {run.own:.1f} workers, {run.servers:.1f} servers"
    return f"{run.wall:6.1f} s; CPU s: {cpu}; {beside:.1%} beside encoders"


if __name__ == "__main__":
    main()

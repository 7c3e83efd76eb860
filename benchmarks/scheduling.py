"""What a step costs beside its work: empty steps against empty Celery tasks, on the same Redis in one run.

    python -m benchmarks.scheduling [--steps 10000] [--ready 3000] [--slots 2]

A job of so many steps, so many of them ready at once, goes through Celery, Redis and PostgreSQL; before and
after it, empty tasks go through a plain Celery worker of as many processes. Memory of our processes is
printed over time. Needs redis-server and PostgreSQL; run it at the root of the repository.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import click
import psutil
import redis

from benchmarks.catalog import write_history
from benchmarks.noop import EMPTY, QUEUE, plain_app
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord, NewJob, StepSpec
from pipeline.codec import to_json
from pipeline.ffmpeg.child import bound_to_us
from tests.support.broker import Broker, running_broker
from tests.support.postgres import running_postgres
from tests.unit.stages.plans import job as job_spec

MEGA = 1e6
FINISHED = 100_000
"""Steps done before: PostgreSQL plans otherwise for a few rows, and keeps those plans until it analyzes."""


@click.command()
@click.option("--steps", default=10_000, show_default=True)
@click.option("--ready", default=3_000, show_default=True, help="Of the steps, at once.")
@click.option("--slots", default=2, show_default=True)
def main(steps: int, ready: int, slots: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(running_broker(folder / "redis"))
        postgres = stack.enter_context(running_postgres())
        url = stack.enter_context(postgres.database())
        os.environ |= {
            "REDIS_URL": broker.url,
            "TELECINE_CATALOG": url,
            "TELECINE_ROOT": str(folder / "site"),
        }
        servers = [psutil.Process(process.pid) for process in (broker.process, postgres.process) if process]
        before = _tasks(broker, servers, steps // 2, slots)
        ours = _steps(url, servers, steps, ready, slots)
        after = _tasks(broker, servers, steps // 2, slots)
    for name, pace in (("steps", ours), ("tasks, before", before), ("tasks, after", after)):
        print(f"empty {name:14} {pace.rate:4.0f}/s, {pace.cpu * 1000:.2f} ms of CPU each")
    print(f"steps to tasks: rate {2 * ours.rate / (before.rate + after.rate):.2f}, ", end="")
    print(f"CPU {2 * ours.cpu / (before.cpu + after.cpu):.1f} times")


class Pace(NamedTuple):
    """How many a second, and seconds of processors for each, in all processes that take part."""

    rate: float
    cpu: float


def _steps(url: str, servers: list[psutil.Process], steps: int, ready: int, slots: int) -> Pace:
    catalog = Catalog(url)
    write_history(url, FINISHED)
    with _worker("ours", str(slots)) as worker:
        _open(catalog, "warm-up", [_spec(number, slots) for number in range(20 * slots)])
        _wait(lambda: not _runs(catalog, "warm-up"), worker)
        pace = _measured([worker, *servers], steps)
        started = sampled = time.monotonic()
        _open(catalog, "job", [_spec(number, ready) for number in range(steps)])
        print(f"{steps} steps recorded in {time.monotonic() - started:.1f} s")
        while record := _runs(catalog, "job"):
            if time.monotonic() >= sampled:
                told = f"{time.monotonic() - started:5.0f} s, {record.done:6} done"
                print(f"{told}; MB of worker, keeper, slots: {_memory(worker)}", flush=True)
                sampled += 5.0
            time.sleep(0.05)
        found = pace()
    catalog.close()
    return found


def _open(catalog: Catalog, name: str, steps: list[StepSpec]) -> None:
    from workers.messages import send  # here, for Celery reads its settings when it is imported

    send(catalog.jobs.open(NewJob(name, name, to_json(job_spec()), steps, cluster=True)))


def _runs(catalog: Catalog, name: str) -> JobRecord | None:
    record = catalog.jobs.get(name)
    return record if record and record.state == "running" else None


def _spec(number: int, ready: int) -> StepSpec:
    """Beyond the first ones, each waits for one before it."""
    after = (f"noop:{number - ready:05d}",) if number >= ready else ()
    return StepSpec(f"noop:{number:05d}", "noop", b"null", after)


def _tasks(broker: Broker, servers: list[psutil.Process], tasks: int, slots: int) -> Pace:
    """Of empty tasks, from the first one sent to the last one done."""
    with _worker("theirs", str(slots)) as worker, redis.Redis.from_url(broker.url) as client:
        app = plain_app()
        app.send_task(EMPTY, queue=QUEUE)
        drained = lambda: not client.llen(QUEUE) and not client.hlen("unacked")  # noqa: E731
        _wait(drained, worker)
        pace = _measured([worker, *servers], tasks)
        for _ in range(tasks):
            app.send_task(EMPTY, queue=QUEUE)
        _wait(drained, worker)
        return pace()


def _measured(others: list[psutil.Process], number: int) -> Callable[[], Pace]:
    """Begin to measure; what is returned ends it."""
    processes = [psutil.Process(), *others]
    started, before = time.monotonic(), sum(map(_cpu, processes))

    def end() -> Pace:
        seconds, cpu = time.monotonic() - started, sum(map(_cpu, processes)) - before
        return Pace(number / seconds, cpu / number)

    return end


def _cpu(process: psutil.Process) -> float:
    """Seconds that a process and all it started have used, whether they still run or not."""
    with suppress(psutil.NoSuchProcess):
        own = process.cpu_times()
        ended = own.children_user + own.children_system
        running = 0.0 if process.pid == os.getpid() else sum(map(_cpu, process.children()))
        return own.user + own.system + running + (0.0 if process.pid == os.getpid() else ended)
    return 0.0


@contextmanager
def _worker(*arguments: str) -> Iterator[psutil.Process]:
    command = bound_to_us([sys.executable, "-m", "benchmarks.noop", *arguments])
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _memory(worker: psutil.Process) -> str:
    processes = [worker, *worker.children()]
    return " ".join(f"{process.memory_info().rss / MEGA:.0f}" for process in processes)


def _wait(condition: Callable[[], bool], worker: psutil.Process) -> None:
    while not condition():
        if worker.status() == psutil.STATUS_ZOMBIE:
            sys.exit("the worker ended: run it by hand to see why (benchmarks/noop.py)")
        time.sleep(0.02)


if __name__ == "__main__":
    main()

"""`telecine worker`: do the steps of uploaded masters, as one of many."""

import os
import sys
from pathlib import Path

import click

from pipeline.catalog.records import QUEUES, WorkerRecord
from pipeline.cli.options import output_option
from pipeline.errors import UsageError
from pipeline.machine import memory_here, threads_here
from pipeline.process import identity, machine
from pipeline.settings import Settings
from pipeline.webhooks.hook import hooks


@click.command(name="worker")
@output_option
@click.option(
    "--queues",
    default=",".join(QUEUES),
    show_default=True,
    help="Which steps to do: control decides and publishes, io hashes and packages, cpu encodes and decodes.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 512),
    help="Steps at a time.  [default: one per four threads and one more]",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 4096),
    help="Processor threads for encoders.  [default: those this process may use]",
)
@click.option(
    "--memory", type=click.IntRange(1), help="GB of memory for encoders.  [default: three quarters of all]"
)
def worker_command(
    output: Path | None, queues: str, concurrency: int | None, threads: int | None, memory: int | None
) -> None:
    """Do the steps of uploaded masters until told to stop.

    On SIGTERM or Ctrl-C, steps that do not end within five seconds are given back for others to do.

    \b
    Example:
      telecine worker -o site --queues cpu --threads 8
    """
    settings = Settings.load(output)
    hooks()  # Wrong ones are refused here, before anything is done.
    # Celery's processes read the settings themselves.
    os.environ["TELECINE_ROOT"] = str(settings.root)
    threads = threads or threads_here()
    record = WorkerRecord(
        id=identity(),
        machine=machine(),
        queues=_queues(queues),
        slots=concurrency or threads // 4 + 1,
        threads=threads,
        memory=memory * 10**9 if memory else memory_here() * 3 // 4,
    )
    from workers.lifecycle import work  # here, for Celery reads its settings when it is imported

    sys.exit(work(settings, record))


def _queues(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in QUEUES]
    if unknown:
        raise UsageError(f"--queues: no queue {unknown[0]!r}; there are {', '.join(QUEUES)}")
    return names

"""Workers that do nothing, as processes of benchmarks/scheduling.py: `python -m benchmarks.noop ours|theirs`.

`ours` is a whole `telecine worker` with one more kind of step, `noop`. `theirs` is a plain Celery worker with
one empty task, with the settings of ours.
"""

import sys
from typing import cast

from celery import Celery

from pipeline.catalog.records import QUEUES, WorkerRecord
from pipeline.process import identity, machine
from pipeline.settings import Settings
from pipeline.stages.context import Outcome, Stage
from pipeline.stages.registry import STAGES

EMPTY = "empty"
QUEUE = "control"


def plain_app() -> Celery:
    app = Celery("plain")
    app.config_from_object("workers.celeryconfig")
    app.conf.imports = ()
    return app


def ours(slots: int) -> int:
    cast("dict[str, Stage]", STAGES)["noop"] = lambda _context, _lease: Outcome()
    from workers.lifecycle import work  # here, for tasks are made of what STAGES has by then

    record = WorkerRecord(identity(), machine(), QUEUES, slots, threads=slots, memory=10**9)
    return work(Settings.load(), record)


def theirs(slots: int) -> None:
    app = plain_app()
    app.task(name=EMPTY)(_do_nothing)
    options = [f"--concurrency={slots}", "--loglevel=WARNING", "--without-mingle", "--without-gossip"]
    app.worker_main(["worker", *options])


def _do_nothing() -> None:
    """What is left of a task is what it costs."""


if __name__ == "__main__":
    if sys.argv[1] == "ours":
        sys.exit(ours(int(sys.argv[2])))
    theirs(int(sys.argv[2]))

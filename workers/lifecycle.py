"""A worker from its start to its end: its slots, its keeper, and its orderly stop."""

import logging
import os
import subprocess
import sys
from contextlib import suppress
from typing import Any, ClassVar

from celery import bootsteps, signals

from pipeline.catalog.records import WorkerRecord
from pipeline.codec import to_json
from pipeline.ffmpeg.child import bound_to_us
from pipeline.settings import Settings
from workers import logs, slot
from workers.app import app
from workers.stopping import Stop

KEEPER_SECONDS = 1.0
"""How often a worker sees to it that its keeper runs."""

log = logging.getLogger(__name__)


def work(settings: Settings, record: WorkerRecord) -> int:
    """Work until SIGTERM or SIGINT; the exit code. Steps that are running then have a few seconds to end, and
    are given back after that."""
    stop = Stop.make()

    def enter_slot(**_: Any) -> None:
        stop.in_slot()
        logs.set_up()
        slot.enter(slot.Place(settings, record, stop))

    def shut_down(**_: Any) -> None:
        with suppress(OSError):  # a second signal: it is closed already
            stop.request()

    def set_up_logging(**_: Any) -> None:
        logs.set_up()

    signals.setup_logging.connect(set_up_logging)
    signals.worker_process_init.connect(enter_slot)
    signals.worker_shutting_down.connect(shut_down)
    Keeper.record = record
    app.steps["worker"].add(Keeper)
    worker = app.Worker(
        hostname=f"telecine-{os.getpid()}@{record.machine}",
        queues=list(record.queues),
        concurrency=record.slots,
        pool="prefork",
        # Workers agree through the catalog, not by talking to each other.
        without_mingle=True,
        without_gossip=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


class Keeper(bootsteps.StartStopStep):
    """Runs workers.keeper beside the slots: a process of its own, for a thread in the one that forks slots
    could hold a lock at the moment of forking, which the slot would wait for for ever."""

    requires = ("celery.worker.components:Timer",)
    record: ClassVar[WorkerRecord]

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def start(self, parent: Any) -> None:
        self._run()
        parent.timer.call_repeatedly(KEEPER_SECONDS, self._run)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery's signature
        """Last of all: until then, the steps that are being given back belong to a living worker."""
        # The timer outlives this step of the shutdown.
        self._stopped = True
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=10)

    terminate = stop

    def _run(self) -> None:
        if self._stopped or (self._process and self._process.poll() is None):
            return
        if self._process:
            log.warning("the keeper ended with code %s and is started again", self._process.returncode)
        command = [sys.executable, "-m", "workers.keeper", to_json(self.record).decode()]
        self._process = subprocess.Popen(bound_to_us(command), stdin=subprocess.DEVNULL)

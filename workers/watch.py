"""What looks after a step while it runs: its lease is renewed, and it ends when it may not go on."""

import contextvars
import logging
import threading
import time
from enum import StrEnum
from functools import partial
from types import TracebackType

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease
from pipeline.errors import TelecineError
from pipeline.ffmpeg.run import Children
from workers.stopping import Stop

TICK = 0.5
GRACE = 5.0
"""Seconds that a step may go on after its worker was told to stop: most end by themselves."""

log = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a step was ended from outside."""

    LOST = "another worker has it, or its job was cancelled"
    STOPPING = "this worker stops"
    LATE = "it took longer than its limit"


class Watch:
    """A thread beside a step: `reason` tells, once `children` was cancelled, why."""

    def __init__(self, lease: Lease, children: Children, catalog: Catalog, stop: Stop) -> None:
        self._lease = lease
        self._children = children
        self._catalog = catalog
        self._stop = stop
        self._over = threading.Event()
        # What it logs is about the step, as here.
        watch = partial(contextvars.copy_context().run, self._watch)
        self._thread = threading.Thread(target=watch, name=f"watch {lease.name}", daemon=True)
        self.reason: Reason | None = None

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        started = beaten = time.monotonic()
        stopping: float | None = None
        while not self._over.wait(TICK):
            now = time.monotonic()
            if now - beaten >= self._catalog.lease / 3:
                beaten = now
                if not self._beat():
                    return self._end(Reason.LOST)
            if now - started > self._lease.seconds:
                return self._end(Reason.LATE)
            if self._stop.requested():
                stopping = stopping or now
                if self._stop.orphaned() or now - stopping > GRACE:
                    return self._end(Reason.STOPPING)
        return None

    def _beat(self) -> bool:
        """Whether the lease is still ours. While nobody can say, the work goes on: its result will tell."""
        try:
            return self._lease.step in self._catalog.steps.renew([self._lease])
        except TelecineError as error:
            log.warning("cannot renew the lease: %s", error)
            return True

    def _end(self, reason: Reason) -> None:
        log.warning("ended from outside: %s", reason)
        self.reason = reason
        self._children.cancel()

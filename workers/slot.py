"""A slot: one process of a worker's pool, which does one step at a time."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import pybreaker
from tenacity import Retrying, retry_if_exception_type, wait_random_exponential

from pipeline.catalog.records import Lease, Refusal, Room, WorkerRecord
from pipeline.codec import from_json
from pipeline.errors import DiskFullError, OutageError, StaleLeaseError, TelecineError
from pipeline.ffmpeg.run import Children
from pipeline.job import JobSpec
from pipeline.process import identity
from pipeline.runner.site import Site
from pipeline.runner.step import Performed, failure_of, perform
from pipeline.settings import Settings
from pipeline.stages.context import Context
from workers.announce import Announcer
from workers.live import Live
from workers.logs import about
from workers.messages import send
from workers.stopping import Stop
from workers.turn import Turn
from workers.verdict import GiveUp, TryAgain, Wait, verdict
from workers.watch import Reason, Watch

P = ParamSpec("P")
T = TypeVar("T")

ROOM_SECONDS = 3.0
"""How long a step waits in its slot for room, before a more urgent one may come in."""

PROBE = "masters/none"
"""A key to ask for when the question is whether the storage answers."""

log = logging.getLogger(__name__)


def storage_breaker() -> pybreaker.CircuitBreaker:
    """Opens when the storage is out or full, and not for what is wrong with a step."""
    return pybreaker.CircuitBreaker(
        name="storage",
        fail_max=2,
        reset_timeout=15,
        exclude=[lambda error: not isinstance(error, (OutageError, DiskFullError))],
        throw_new_error_on_trip=False,
    )


def patiently(stop: Stop, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call again for as long as the catalog is out: what is done must not be lost for that. A worker that is
    to stop does not wait: the lease runs out, and the artifact is there."""
    again = Retrying(
        retry=retry_if_exception_type(OutageError),
        wait=wait_random_exponential(max=10),
        stop=lambda _: stop.requested(),
        reraise=True,
    )
    return again(call, *args, **kwargs)


@dataclass(frozen=True)
class Slot:
    """What a process needs to do steps for the worker whose room and end it shares."""

    site: Site
    announcer: Announcer
    room: Room
    stop: Stop
    storage: pybreaker.CircuitBreaker

    def do(self, step: int, turn: Turn, patience: float = ROOM_SECONDS) -> str | None:
        """Do a step if there is something left to do; what happened, None where there was no room for it in
        so many seconds. `turn` may keep what is to be done next."""
        self._wait_for_storage()
        found = self._claim(step, patience)
        if found is Refusal.NO_ROOM:
            return None
        if not isinstance(found, Lease):
            return "nothing left to do"
        with about(job=found.job, step=found.name):
            ended = self._do(found, turn)
            log.info("%s: %s", found.title, ended)
            return ended

    def _claim(self, step: int, patience: float) -> Lease | Refusal:
        until = time.monotonic() + patience
        while True:
            found = self._patiently(self.site.catalog.steps.claim, step, identity(), self.room)
            if found is not Refusal.NO_ROOM or time.monotonic() > until or self.stop.requested():
                return found
            time.sleep(0.25)

    def _do(self, lease: Lease, turn: Turn) -> str:
        children = Children()
        spec = from_json(lease.spec, JobSpec)
        emit = self.announcer.of(lease.job)
        context = Context(spec, self.site.settings, self.site.storage, self.site.catalog, children, emit)
        with Watch(lease, children, self.site.catalog, self.stop) as watch:
            try:
                with self.storage.calling():
                    performed = perform(context, lease)
                self._finish(lease, performed, turn)
            except StaleLeaseError:
                return "taken over by another worker"
            except Exception as error:  # noqa: BLE001  whatever a stage raises is the step's end
                return self._settle(lease, error, watch.reason)
        return f"done in {performed.cost.wall:.1f} s"

    def _finish(self, lease: Lease, performed: Performed, turn: Turn) -> None:
        finish = self.site.catalog.steps.finish
        event = performed.result if lease.kind == "publish" else None
        done = (performed.result, performed.then, performed.cost, event)
        send(turn.keep(self._patiently(finish, lease, *done, turn.queue)))
        self.announcer.finished(lease, performed)

    def _settle(self, lease: Lease, error: Exception, reason: Reason | None) -> str:
        """Record how an attempt ended that did not succeed."""
        try:
            return self._patiently(self._record, lease, error, reason)
        except StaleLeaseError:
            return "taken over by another worker"

    def _record(self, lease: Lease, error: Exception, reason: Reason | None) -> str:
        steps = self.site.catalog.steps
        if reason is Reason.LOST:
            return str(reason)
        if reason is Reason.STOPPING:
            steps.give_back(lease)
            return f"given back: {reason}"
        if reason is Reason.LATE:
            error = TelecineError(f"{lease.name}: {reason} of {lease.seconds:.0f} s")
        log.warning("%s: %s", type(error).__name__, error)
        match verdict(error, lease.failures):
            case Wait(delay):
                steps.give_back(lease, delay)
            case TryAgain(delay):
                steps.put_off(lease, failure_of(error), delay)
            case GiveUp():
                steps.fail(lease, failure_of(error))
                self.announcer.failed(lease, failure_of(error))
                return f"failed: {error}"
        return f"tried again in {delay:.0f} s: {error}"

    def _patiently(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return patiently(self.stop, call, *args, **kwargs)

    def _wait_for_storage(self) -> None:
        """Take no work while the storage is known to be out; a small request tells when it is back."""
        while self.storage.current_state != pybreaker.STATE_CLOSED and not self.stop.requested():
            with suppress(pybreaker.CircuitBreakerError, TelecineError):
                self.storage.call(self.site.storage.head, PROBE)
            time.sleep(0.5)


@dataclass(frozen=True)
class Place:
    """Where a process is to be a slot: of which site, for which worker."""

    settings: Settings
    worker: WorkerRecord
    stop: Stop

    def opened(self) -> Slot:
        """With connections of its own, for those of a parent are not to be shared."""
        site = Site.open(self.settings)
        # The room is shared by way of the worker's record, which its keeper may not have made yet.
        site.catalog.workers.beat(self.worker)
        announcer = Announcer(site.catalog, Live(self.settings.broker_url))
        room = Room(self.worker.id, self.worker.threads, self.worker.memory)
        return Slot(site, announcer, room, self.stop, storage_breaker())


_place: Place | None = None
_slot: Slot | None = None


def enter(place: Place) -> None:
    """Make this process a slot. It opens nothing yet: a process that takes long to begin is killed."""
    global _place
    _place = place


def slot() -> Slot:
    """The slot that this process is, as soon as its catalog answers."""
    global _slot
    if _place is None:
        raise RuntimeError("steps are done by a worker's slots: start one with `telecine worker`")
    if _slot is None:
        _slot = patiently(_place.stop, _place.opened)
    return _slot

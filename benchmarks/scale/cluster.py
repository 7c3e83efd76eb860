"""A cluster in virtual time: workers that do steps of the real catalog as real workers do."""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter

from benchmarks.scale.broker import Broker
from benchmarks.scale.films import following
from benchmarks.scale.idle import Idle
from benchmarks.scale.model import Model
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import QUEUES, Failure, Hint, Lease, Refusal, Room, WorkerRecord
from pipeline.errors import TelecineError
from pipeline.job import Plan
from workers.verdict import TryAgain, verdict

BEAT, RENEW, RECONCILE = 20.0, 10.0, 2.0
"""Seconds between heartbeats (real ones are twice as many), renewals and rounds of the reconciler."""

UNANNOUNCED = 60.0
"""As workers.reconciler has it."""

RESTART = 10.0
"""Seconds until a worker that died is there again."""


class HealsError(TelecineError):
    """What 1 % of attempts end with."""

    retryable = True


@dataclass
class Clock:
    """Seconds since the epoch, moved by events alone."""

    now: float = 1e9

    def __call__(self) -> float:
        return self.now


@dataclass
class Tally:
    """Seconds of workers that were useful and wasted, how attempts ended, and real seconds in the catalog."""

    useful: float = 0.0
    wasted: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    catalog: float = 0.0


class Cluster:
    """Workers of one slot each. `plans` has the plan of each job."""

    def __init__(
        self, catalog: Catalog, clock: Clock, model: Model, workers: int, plans: dict[str, Plan]
    ) -> None:
        self.tally = Tally()
        self._catalog, self._clock, self._model = catalog, clock, model
        self._start = clock.now
        self._plans = plans
        self._names = count()
        self._rooms = [self._room() for _ in range(workers)]
        self._alive = set(range(workers))
        self._free = deque(range(workers))
        self._broker = Broker()
        self._held: dict[int, Lease] = {}
        self._left = len(plans)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.idle = Idle(workers, clock.now)

    def run(self, hints: list[Hint]) -> float:
        """Until every job has published; the seconds that took."""
        self._tell(hints)
        for chore, period in ((self._beat, BEAT), (self._renew, RENEW), (self._reconcile, RECONCILE)):
            self._repeat(chore, period)
        while self._left:
            when, _, happen = heapq.heappop(self._events)
            self.idle.until(when, (lease.kind for lease in self._held.values()))
            self._clock.now = when
            happen()
            self._dispatch()
        return self._clock.now - self._start

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._clock.now + seconds, next(self._order), happen))

    def _repeat(self, chore: Callable[[], None], period: float) -> None:
        def again() -> None:
            with self._timed():
                chore()
            self._after(period, again)

        self._after(0.0, again)

    def _beat(self) -> None:
        for number in sorted(self._alive):
            room = self._rooms[number]
            record = WorkerRecord(room.worker, room.worker, QUEUES, 1, room.threads, room.memory)
            self._catalog.workers.beat(record)

    def _renew(self) -> None:
        self._catalog.steps.renew(self._held.values())

    def _reconcile(self) -> None:
        self._catalog.queue.take_expired()
        self._catalog.queue.forget_sent(UNANNOUNCED)
        self._tell(self._catalog.queue.hints())

    def _tell(self, hints: list[Hint]) -> None:
        for hint in hints:
            self._broker.push(hint)

    def _dispatch(self) -> None:
        """Free workers take messages, the one that is free longest first."""
        while self._free and (hint := self._broker.pop()):
            room = self._rooms[self._free[0]]
            with self._timed():
                lease = self._catalog.steps.claim(hint.step, f"{room.worker}.1", room)
            # A message may be the second one of its step; there is always room in a worker of one slot.
            if isinstance(lease, Lease):
                self._begin(self._free.popleft(), lease)
            assert lease is not Refusal.NO_ROOM

    def _begin(self, worker: int, lease: Lease) -> None:
        attempt = self._model.attempt(self._usual_of(lease))
        self._held[lease.step] = lease
        self.idle.busy(+1)
        end = {"done": self._done, "failed": self._failed, "died": self._died}[attempt.end]

        def over() -> None:
            del self._held[lease.step]
            self.idle.busy(-1)
            self.tally.ends[attempt.end] += 1
            if attempt.end == "done":
                self.tally.useful += attempt.seconds
            else:
                self.tally.wasted += attempt.seconds
            with self._timed():
                end(worker, lease)

        self._after(attempt.seconds, over)

    def _done(self, worker: int, lease: Lease) -> None:
        then = following(lease.kind, self._plans[lease.job])
        self._tell(self._catalog.steps.finish(lease, b"null", then))
        self._free.append(worker)
        self._left -= lease.kind == "publish"

    def _failed(self, worker: int, lease: Lease) -> None:
        ending = verdict(HealsError("failed as modelled"), lease.failures)
        assert isinstance(ending, TryAgain)
        self._catalog.steps.put_off(lease, Failure("failed as modelled"), ending.delay)
        self._free.append(worker)

    def _died(self, worker: int, _lease: Lease) -> None:
        """Nobody tells the catalog: the lease runs out. Another process takes its place."""
        self._alive.remove(worker)

        def back() -> None:
            self._rooms[worker] = self._room()
            self._alive.add(worker)
            self._free.append(worker)

        self._after(RESTART, back)

    def _room(self) -> Room:
        return Room(f"machine.{next(self._names)}", self._model.threads, 1 << 40)

    def _usual_of(self, lease: Lease) -> float:
        plan = self._plans[lease.job]
        return self._model.usual(lease.title, lease.kind, lease.name, lease.params, plan)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = perf_counter()
        yield
        self.tally.catalog += perf_counter() - started

"""A job as it happens: what the catalog keeps, and between that what workers tell live."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import redis

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord
from pipeline.codec import from_json
from pipeline.errors import StoppedError, TelecineError, UsageError, exit_code_of
from pipeline.events import Event, Failed, Progress, Published, StepFinished, StepStarted, read_event
from workers.live import Live

LIVE = (StepStarted, Progress, StepFinished)
"""Told live alone. Everything else comes from the catalog, in order and once."""

ENDINGS = (Published, Failed)
"""Kept for webhooks. How the job stands says the same, and for sure: one that failed may run again."""

POLL = 1.0
"""Seconds of silence after which the catalog is asked."""

log = logging.getLogger(__name__)


@dataclass
class Follower:
    """Follows one job to its end, by what happens after the event `cursor`."""

    catalog: Catalog
    live: Live
    job: str
    cursor: int = 0
    _finished: set[str] = field(default_factory=set)

    @classmethod
    def from_now(cls, catalog: Catalog, live: Live, job: str) -> "Follower":
        """One who was not told what happened until now."""
        follower = cls(catalog, live, job)
        for _ in follower._kept():
            pass
        return follower

    def events(self) -> Iterator[Event]:
        """What happens, until the job has ended: with Published or Failed. Steps that were done before are
        told as well."""
        for body in self._told():
            event = read_event(body) if body else None
            if isinstance(event, LIVE):
                if self._is_new(event):
                    yield event
                continue
            # Asked before the events are read: once it has ended, they are all there.
            record = self._record()
            yield from self._kept()
            yield from self._missed(record)
            if record.state != "running":
                yield self._ending(record)
                return

    def _kept(self) -> Iterator[Event]:
        while entries := self.catalog.events.after(self.job, self.cursor):
            for entry in entries:
                self.cursor = entry.id
                event = read_event(entry.body)
                if event and not isinstance(event, ENDINGS):
                    yield event

    def _missed(self, record: JobRecord) -> Iterator[StepFinished]:
        """Steps that ended before anybody looked, or while the broker was away."""
        if record.done <= len(self._finished):
            return
        took = {a.step: (a.ended or a.started) - a.started for a in self.catalog.steps.attempts(self.job)}
        for step in self.catalog.steps.of(self.job):
            event = StepFinished(step=step.name, kind=step.kind, wall=round(took.get(step.name, 0.0), 3))
            if step.state == "done" and self._is_new(event):
                yield event

    def _is_new(self, event: Event) -> bool:
        """A step's end may be heard of twice."""
        if not isinstance(event, StepFinished):
            return True
        known = event.step in self._finished
        self._finished.add(event.step)
        return not known

    def _told(self) -> Iterator[bytes | None]:
        """What workers tell, and None whenever it is time to look into the catalog."""
        while True:
            yield None
            try:
                yield from self.live.listen(self.job, POLL)
            except redis.RedisError as error:
                log.debug("following by the catalog alone: %s", error)
                time.sleep(POLL)

    def _ending(self, record: JobRecord) -> Event:
        result = self.catalog.steps.result(self.job, "publish")
        if record.state == "done" and result:
            return from_json(result, Published)
        if record.state == "cancelled":
            return _failed(StoppedError.__name__, "the job was cancelled")
        attempts = self.catalog.steps.attempts(self.job)
        kinds = [a.kind for a in attempts if a.outcome == "failed" and a.error == record.error]
        kind = (kinds and kinds[-1]) or TelecineError.__name__
        return _failed(kind, record.error or f"the job is {record.state}, but published nothing")

    def _record(self) -> JobRecord:
        record = self.catalog.jobs.get(self.job)
        if record is None:
            raise UsageError(f"{self.job}: no such job any more")
        return record


def _failed(kind: str, message: str) -> Failed:
    return Failed(error=kind, message=message, exit_code=exit_code_of(kind))

"""A job as it happens: what the catalog keeps, and between that what workers tell live."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import redis

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord
from pipeline.codec import from_json
from pipeline.errors import UsageError
from pipeline.events import AnyEvent, Event, Failed, Progress, Published, StepFinished, StepStarted
from workers.live import Live

LIVE = (StepStarted, Progress, StepFinished)
"""Told live alone. Everything else comes from the catalog, in order and once."""

POLL = 1.0
"""Seconds of silence after which the catalog is asked."""

log = logging.getLogger(__name__)


@dataclass
class Follower:
    """Follows one job to its end."""

    catalog: Catalog
    live: Live
    job: str
    cursor: int = field(default=0)

    def events(self) -> Iterator[Event]:
        """Everything that happened, and then what happens, until the job has ended: with Published or
        Failed."""
        last: Event | None = None
        for body in self._told():
            event = _event(body) if body else None
            if isinstance(event, LIVE):
                yield event
                continue
            # Asked before the events are read: once it has ended, they are all there.
            ended = self._record().state != "running"
            for last in self._kept():
                yield last
            if ended:
                if not isinstance(last, (Published, Failed)):
                    yield self._ending()
                return

    def _kept(self) -> Iterator[Event]:
        while entries := self.catalog.events.after(self.job, self.cursor):
            for entry in entries:
                self.cursor = entry.id
                if event := _event(entry.body):
                    yield event

    def _told(self) -> Iterator[bytes | None]:
        """What workers tell, and None whenever it is time to look into the catalog."""
        while True:
            yield None
            try:
                yield from self.live.listen(self.job, POLL)
            except redis.RedisError as error:
                log.debug("following by the catalog alone: %s", error)
                time.sleep(POLL)

    def _ending(self) -> Event:
        """How a job ended of which no event tells: they are kept as well as can be, its state for sure."""
        record = self._record()
        result = self.catalog.steps.result(self.job, "publish")
        if record.state == "done" and result:
            return from_json(result, Published)
        return Failed(error=record.state, message=record.error or f"the job was {record.state}", exit_code=1)

    def _record(self) -> JobRecord:
        record = self.catalog.jobs.get(self.job)
        if record is None:
            raise UsageError(f"{self.job}: no such job any more")
        return record


def _event(body: bytes) -> AnyEvent | None:
    """None for one that only a newer version knows."""
    try:
        return from_json(body, AnyEvent)  # type: ignore[arg-type]
    except msgspec.ValidationError:
        return None

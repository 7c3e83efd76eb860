"""Events of a step to who wants them: at once to those who watch, and what should be kept to the catalog."""

import logging
from dataclasses import dataclass

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, Lease
from pipeline.codec import from_json, to_json
from pipeline.errors import TelecineError, exit_code_of
from pipeline.events import Emit, Event, Failed, Planned, Published, Warned
from pipeline.runner.step import Performed, finished
from workers.live import Live

KEPT = (Planned, Warned)
"""How a job ended is kept by the transaction that ends it, for webhooks must not miss it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Announcer:
    """Where events go."""

    catalog: Catalog
    live: Live

    def of(self, job: str) -> Emit:
        def emit(event: Event) -> None:
            self.live.publish(job, event)
            if isinstance(event, KEPT):
                self._keep(job, event)

        return emit

    def finished(self, lease: Lease, performed: Performed) -> None:
        """A step is done; if it was the publication, so is the job."""
        emit = self.of(lease.job)
        emit(finished(lease, performed.cost))
        if lease.kind == "publish":
            emit(from_json(performed.result, Published))

    def failed(self, lease: Lease, failure: Failure) -> None:
        """A step failed for good, and with it the job."""
        code = exit_code_of(failure.kind)
        self.of(lease.job)(Failed(error=failure.kind, message=failure.message, exit_code=code))

    def _keep(self, job: str, event: Event) -> None:
        """An event that the catalog cannot take now is only logged: the job goes on without it."""
        try:
            self.catalog.events.append(job, to_json(event))
        except TelecineError as error:
            log.warning("event lost, the catalog is away: %s: %s", event, error)

"""Webhooks: told by one keeper of the cluster at a time, in a thread beside its chores."""

import logging
from collections.abc import Sequence

from pipeline.catalog.catalog import Catalog
from pipeline.errors import TelecineError
from pipeline.process import identity
from pipeline.webhooks.delivery import Delivery
from pipeline.webhooks.hook import Hook
from workers.rounds import Rounds

OFFICE = "webhooks"
OFFICE_SECONDS = 60.0
"""Longer than a round takes, receivers that do not answer included. After a keeper was killed in one, nobody
tells anything for so long."""

PERIOD = 2.0
TROUBLED_PERIOD = 30.0
AT_ONCE = 20
"""Events a round: each takes as long as its slowest receiver."""

log = logging.getLogger(__name__)


class Messenger(Rounds):
    """Delivers what is due to `hooks`."""

    def __init__(self, catalog: Catalog, hooks: Sequence[Hook]) -> None:
        super().__init__("messenger")
        self._catalog = catalog
        self._delivery = Delivery(catalog, hooks)

    def round(self) -> float:
        """Tell what is due; the seconds until the next round."""
        try:
            # Nobody asks for the office, which is to write, where there is nothing to do.
            if self._catalog.events.due(1) and self._catalog.queue.lock(OFFICE, identity(), OFFICE_SECONDS):
                self._delivery.deliver_due(AT_ONCE)
                self._catalog.queue.unlock(OFFICE, identity())
        except TelecineError as error:
            log.warning("webhooks: %s", error)
        except Exception:
            # A proxy's URL or a file of certificates that cannot be used, say: that can be mended.
            log.exception("webhooks are not told")
            return TROUBLED_PERIOD
        return PERIOD

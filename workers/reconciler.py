"""What makes lost messages and lost workers harmless: done by one process of the cluster at a time."""

import logging

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import TakenBack
from workers.messages import send

UNANNOUNCED = 60.0
"""Seconds after which a message that nobody acted on counts as lost. At worst its step is announced twice."""

log = logging.getLogger(__name__)


def reconcile(catalog: Catalog) -> None:
    """One round: take back what lost holders have, and announce what is ready and was not, or long ago."""
    report(catalog.queue.take_expired())
    catalog.queue.forget_sent(UNANNOUNCED)
    send(catalog.queue.hints())


def report(taken: list[TakenBack]) -> None:
    for step in taken:
        log.warning(
            "taken back from a holder that was %s%s",
            step.outcome,
            ", and parked: it ended too many" if step.parked else "",
            extra={"job": step.job, "step": step.name},
        )

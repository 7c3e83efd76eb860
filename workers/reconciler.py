"""What makes lost messages and lost workers harmless: done by one process of the cluster at a time."""

import logging

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import QUEUES, TakenBack
from workers.logs import about
from workers.messages import is_empty, send

UNANNOUNCED = 60.0
"""Seconds after which a message that nobody acted on counts as lost. At worst its step is announced twice."""

SURELY_LOST = 5.0
"""The same where its queue is empty: a worker took the message and died, or the broker lost its data."""

log = logging.getLogger(__name__)


def reconcile(catalog: Catalog) -> None:
    """One round: take back what lost holders have, and announce what is ready and was not, or long ago."""
    report(catalog.queue.take_expired())
    for queue in QUEUES:
        catalog.queue.forget_sent(SURELY_LOST if is_empty(queue) else UNANNOUNCED, queue)
    send(catalog.queue.hints())


def report(taken: list[TakenBack]) -> None:
    for step in taken:
        with about(job=step.job, step=step.name):
            parked = ", and parked: it ended too many" if step.parked else ""
            log.warning("taken back from a holder that was %s%s", step.outcome, parked)

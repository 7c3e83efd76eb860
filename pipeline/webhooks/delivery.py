"""From the catalog's events to the receivers, at least once."""

import logging
import random
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import EventRecord
from pipeline.webhooks.hook import Hook
from pipeline.webhooks.message import Message
from pipeline.webhooks.post import Letter, send

FIRST_DELAY = 5.0
LONGEST_DELAY = 3600.0

MOST_TRIES = 105
"""With the delays between them these take three days, give or take a few hours. Tries are counted, and not
days, so that an event does not lapse while nobody is there to send it, or on a machine with a wrong clock."""

log = logging.getLogger(__name__)


class Delivery:
    """Delivers events to all `hooks`.

    The catalog knows of an event only whether all have it. Which of several URLs took one that another did
    not is remembered in this process: for as long as it lives, those are not bothered again. After that they
    get it once more, with the same id.
    """

    def __init__(self, catalog: Catalog, hooks: Sequence[Hook]) -> None:
        self._catalog = catalog
        self._hooks = hooks
        self._had: defaultdict[int, set[Hook]] = defaultdict(set)

    def deliver_due(self, limit: int) -> int:
        """Try to deliver at most `limit` events that are due, all at the same time, so that it takes about
        ten seconds at most; how many are dealt with for good. Raises StorageError where the catalog is out:
        who took an event that could then not be recorded is not told again by this process."""
        due = self._catalog.events.due(limit)
        letters = [(event, letter) for event in due for letter in self._letters(event)]
        answers = send([letter for _, letter in letters])
        refusals: defaultdict[int, list[str]] = defaultdict(list)
        for (event, letter), answer in zip(letters, answers, strict=True):
            if answer.taken:
                self._had[event.id].add(letter.hook)
            else:
                refusals[event.id].append(f"{letter.hook.place}: {answer.words}")
        return sum(self._record(event, "; ".join(refusals[event.id])) for event in due)

    def _letters(self, event: EventRecord) -> list[Letter]:
        job = self._catalog.jobs.get(event.job)
        if job is None:
            return []
        try:
            message = Message.about(event, job.title)
        except (msgspec.MsgspecError, KeyError):
            log.exception("event %d is of no kind that webhooks know", event.id, extra={"job": event.job})
            return []
        return [Letter(hook, message) for hook in self._hooks if hook not in self._had[event.id]]

    def _record(self, event: EventRecord, refusal: str) -> bool:
        """Whether the event is dealt with."""
        subject = {"job": event.job}
        if refusal and event.tries + 1 < MOST_TRIES:
            delay = delay_after(event.tries)
            log.warning("event %d is told again in %.0f s: %s", event.id, delay, refusal, extra=subject)
            self._catalog.events.postpone(event.id, delay)
            return False
        if refusal:
            log.error("event %d is told no more: %d tries, %s", event.id, MOST_TRIES, refusal, extra=subject)
        self._catalog.events.announced(event.id)
        self._had.pop(event.id, None)
        return True


def delay_after(tries: int) -> float:
    """Seconds to the next try where `tries` failed before this one: doubling, and spread over the upper half,
    so that what failed together does not come back together."""
    longest = min(LONGEST_DELAY, FIRST_DELAY * 2.0**tries)
    return random.uniform(longest / 2, longest)  # noqa: S311  not a secret

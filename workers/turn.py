"""What a slot does for one message: the step it names and, for a moment, those that are to be done next.

A message costs more than a short step does: a title that was encoded before is hundreds of those.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from math import inf

from pipeline.catalog.records import Hint, QueueName
from workers.messages import time_limit

SECONDS = 1.0
"""How long a slot begins steps without a message: those that have theirs, and are no more urgent, wait."""


class Turn:
    """The steps after the first, each kept from what workers were to be told when the one before it ended.

    They are of the same `queue`, nothing that waits is more urgent, and none may take longer than the
    message's own `limit` of seconds, when Celery kills this process. None is kept when `stopping`.
    """

    def __init__(self, queue: QueueName, limit: float | None, stopping: Callable[[], bool]) -> None:
        self._queue = queue
        self._limit = inf if limit is None else limit
        self._stopping = stopping
        self._until = time.monotonic() + SECONDS
        self._next: Hint | None = None

    @property
    def queue(self) -> QueueName | None:
        """Of which queue one more step would be done, None when the turn is over."""
        return self._queue if time.monotonic() < self._until and not self._stopping() else None

    def keep(self, hints: Iterable[Hint]) -> list[Hint]:
        """The hints that are to be sent: all but the first that this slot can go on with."""
        hints = list(hints)
        if self.queue:
            self._next = next(filter(self._fits, hints), None)
        return [hint for hint in hints if hint is not self._next]

    def __iter__(self) -> Iterator[Hint]:
        """The steps that were kept, each to be done, or sent after all, before the next is asked for."""
        while (hint := self._next) is not None:
            self._next = None
            yield hint

    def _fits(self, hint: Hint) -> bool:
        urgent = hint.priority >= hint.highest
        return urgent and hint.queue == self._queue and time_limit(hint.seconds) <= self._limit

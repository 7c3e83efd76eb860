"""Not asking a storage that does not answer, so that nobody waits for it to time out again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.errors import OutageError, RefusedError

FAILURES = 3
"""In a row, after which the storage counts as out."""

REST_SECONDS = 5.0
"""Until one request may try it again."""


class Breaker:
    """For one event loop; `now` is a clock in seconds.

    pybreaker, which guards the workers' calls, holds a lock while a call lasts: one at a time.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures = 0
        self._rests_until = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether the storage counts as out."""
        return self._failures >= FAILURES

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Around a request. Raises OutageError, instead of its being made, while the breaker is open; one is
        let through when it has rested."""
        trial = self.is_open
        if trial and (self._trying or self._now() < self._rests_until):
            raise OutageError("the storage does not answer, and is not asked at the moment")
        self._trying = trial
        try:
            yield
        except Exception as error:
            self._failures = self._failures + 1 if is_outage(error) else 0
            self._rests_until = self._now() + REST_SECONDS
            raise
        else:
            self._failures = 0
        finally:
            if trial:
                self._trying = False


def is_outage(error: Exception) -> bool:
    """Who refuses answers, and so does who sends what is damaged: asking for one object must not keep others
    from the rest. Without the right to list a bucket, S3 refuses what is not there."""
    return isinstance(error, OutageError) and not isinstance(error, RefusedError)

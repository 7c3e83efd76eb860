"""Logging what may happen at every request: an outage must not fill the disk."""

import logging
import time
from collections.abc import Callable

SECONDS = 10.0


class Occasional:
    """Of what has the same words, one line in so many seconds, which tells how many were left out before it.
    `now` is a clock in seconds."""

    def __init__(
        self, log: logging.Logger, seconds: float = SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._seconds = seconds
        self._now = now
        self._next: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def warning(self, words: str, *values: object, exc_info: bool = False) -> None:
        if self._now() < self._next.get(words, 0.0):
            self._left_out[words] = self._left_out.get(words, 0) + 1
            return
        self._next[words] = self._now() + self._seconds
        left_out = self._left_out.pop(words, 0)
        more = f" ({left_out} more like this before)" if left_out else ""
        self._log.warning(words + more, *values, exc_info=exc_info)

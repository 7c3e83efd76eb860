"""How often one client may ask.

Each process of the origin counts for itself: that of several which a client happens to reach decides, so that
it may ask as many times as often as there are processes. It keeps guessing slow, which is all it is for.
"""

import math
import time

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from pipeline.origin.asking import RefusedError


class Rates:
    def __init__(self, limit: RateLimitItem) -> None:
        self._limit = limit
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, client: str) -> None:
        """Count a request. Raises RefusedError where it is one too many."""
        if not self._limiter.hit(self._limit, client):
            again = self._limiter.get_window_stats(self._limit, client).reset_time - time.time()
            raise RefusedError(429, "too_many_requests", Retry_After=str(max(1, math.ceil(again))))

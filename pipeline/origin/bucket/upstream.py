"""Asking S3 from an event loop: so many threads at most, so many seconds at most, and not while it is out."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pipeline.errors import OutageError
from pipeline.origin.bucket.breaker import Breaker, is_outage
from pipeline.origin.tally import Tally
from pipeline.storage.s3.client import CONNECTIONS
from pipeline.storage.s3.settings import S3Settings

T = TypeVar("T")

SETTINGS = S3Settings(timeout=4.0, attempts=2)
"""Of the client: a player waits for its answer."""

SECONDS = 8.0
"""For a request from beginning to end, its waiting for a thread included."""


class Upstream:
    """The way to S3 is boto3 in threads: 1.3 ms of a processor for a span of 1 MiB.

    aiohttp with signed URLs takes half of that, but would be a second client, with ideas of its own of
    endpoints, credentials and retries; httpx takes twice as much; aiobotocore wants a botocore of its own.
    """

    def __init__(self, tally: Tally, breaker: Breaker | None = None, seconds: float = SECONDS) -> None:
        self.breaker = breaker or Breaker()
        self._tally = tally
        self.seconds = seconds
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="s3")
        self._answered = float("-inf")

    @property
    def silence(self) -> float:
        """Seconds since S3 last answered; infinite before it was asked."""
        return time.monotonic() - self._answered

    async def ask(self, call: Callable[[], T]) -> T:
        """Return what `call` does, having called it in a thread. Raises what it raises, and OutageError."""
        try:
            with self.breaker.guarding():
                return await self._asked(call)
        finally:
            self._tally.out = self.breaker.is_open

    async def _asked(self, call: Callable[[], T]) -> T:
        self._tally.requests += 1
        try:
            answer = await self._within_limit(call)
        except Exception as error:
            if is_outage(error):
                self._tally.failures += 1
            else:
                self._answered = time.monotonic()
            raise
        self._answered = time.monotonic()
        return answer

    async def _within_limit(self, call: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._threads, call)
        try:
            return await asyncio.wait_for(future, self.seconds)
        except TimeoutError:
            raise OutageError(f"the storage did not answer within {self.seconds:.0f} s") from None

"""The keys that links are read with, as the origin remembers them."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from pipeline.errors import TelecineError

Keys = Mapping[bytes, bytes]

FRESH_SECONDS = 10.0
"""So late a key that was taken back is noticed."""

AGAIN_SECONDS = 1.0
"""The catalog is asked no more often, however many links of unknown keys come."""

WAIT_SECONDS = 1.0
"""For a catalog that does not answer, where there are keys to go on with."""

log = logging.getLogger(__name__)


class LinkKeys:
    """`load` is called in a thread; `now` is a clock in seconds. While the catalog is out, the keys that were
    known go on to be taken: links last longer than most outages, and their time is told by themselves."""

    def __init__(self, load: Callable[[], Keys], now: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._now = now
        self._known: Keys | None = None
        self._asked = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def get(self) -> Keys | None:
        """None while they were never seen."""
        if self._now() >= self._asked + FRESH_SECONDS or self._known is None:
            await self.renew()
        return self._known

    async def renew(self) -> Keys | None:
        """Those of this second."""
        if self._asking is None and self._now() >= self._asked + AGAIN_SECONDS:
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        if asking is not None:
            await asyncio.wait([asking], timeout=None if self._known is None else WAIT_SECONDS)
            if asking.done():
                asking.result()
        return self._known

    async def _ask(self) -> None:
        self._asked = self._now()
        try:
            self._known = await asyncio.to_thread(self._load)
        except TelecineError as error:
            log.error("keys of links are not renewed: %s", error)
        finally:
            self._asking = None

"""`/readyz`: whether this process should be sent requests. `/healthz` tells only that it lives."""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipeline.errors import TelecineError
from pipeline.origin.media import Check

FRESH_SECONDS = 2.0
"""However many ask, nothing is looked at more often."""

ANSWER_SECONDS = 5.0
"""For all checks together: who asks does not wait for ever either."""

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger(__name__)


class Readiness:
    """What must be right, by names that anybody may read. `drain` is for a process that is to end, so that no
    more requests are sent to it; it goes on answering. `now` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._checks: dict[str, Check] = {}
        self._now = now
        self._looking = asyncio.Lock()
        self._fresh_until = 0.0
        self._missing: list[str] = []
        self._draining = False

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def drain(self) -> None:
        self._draining = True

    async def respond(self, _: Request) -> Response:
        missing = ["stopping"] if self._draining else await self._look()
        if missing:
            return PlainTextResponse(f"not ready: {', '.join(missing)}\n", 503, _HEADERS)
        return PlainTextResponse("ready\n", headers=_HEADERS)

    async def _look(self) -> list[str]:
        async with self._looking:
            if self._now() >= self._fresh_until:
                fine = await asyncio.gather(*map(self._is_fine, self._checks))
                self._missing = [
                    name for name, is_fine in zip(self._checks, fine, strict=True) if not is_fine
                ]
                self._fresh_until = self._now() + FRESH_SECONDS
        return self._missing

    async def _is_fine(self, name: str) -> bool:
        """Why not is for the log, for it may name hosts."""
        try:
            await asyncio.wait_for(self._checks[name](), ANSWER_SECONDS)
        except (TelecineError, OSError, TimeoutError) as error:
            log.warning("not ready, for want of %s: %s", name, error or "no answer")
            return False
        return True

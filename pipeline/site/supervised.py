"""One part under supervision: started, watched, started again when it ends, stopped."""

import asyncio
import logging
from collections import deque

from pipeline.errors import TelecineError
from pipeline.site.backoff import Backoff
from pipeline.site.child import Child
from pipeline.site.part import Part

LINES_KEPT = 1000
"""Of what it wrote: more than any part writes before it is ready."""

EVIDENCE_LINES = 20
POLL_SECONDS = 0.1


class Supervised:
    """`start` first, then `keep` for as long as the site runs, then `stop`."""

    def __init__(self, part: Part, log: logging.Logger, backoff: Backoff) -> None:
        self._part = part
        self._log = log
        self._backoff = backoff
        self._child: Child | None = None
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)

    async def start(self) -> None:
        """Return when it is ready. Raises TelecineError, with its last lines, if it ends before, or takes too
        long, and then has been killed."""
        self._lines.clear()
        try:
            self._child = Child(self._part, self._take_line)
        except OSError as error:
            raise TelecineError(f"{self._part.name} could not be started: {error.strerror}") from error
        self._log.info("started as process %d", self._child.pid)
        try:
            async with asyncio.timeout(self._part.start_seconds):
                while not (self._child.has_ended or await self._part.ready(self._lines)):
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            self._child.kill()
            await self._child.end()
            raise self._failure(f"was not ready within {self._part.start_seconds:g} s") from None
        if self._child.has_ended:
            raise self._failure(await self._child.end())
        self._log.info("ready")

    async def keep(self) -> None:
        """Start it again whenever it ends, for ever."""
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            how = await self._ended()
            delay = self._backoff.after(clock() - began)
            self._log.warning("%s; starts again in %g s", how, delay)
            await asyncio.sleep(delay)
            await self._try_to_start()

    async def stop(self) -> None:
        if self._child and not self._child.has_ended:
            self._log.info("%s", await self._child.stop(self._part.stop_seconds))

    def kill(self) -> None:
        if self._child:
            self._child.kill()

    def _take_line(self, line: str) -> None:
        self._lines.append(line)
        self._log.info("%s", line)

    async def _ended(self) -> str:
        return await self._child.end() if self._child else "is not there"

    async def _try_to_start(self) -> None:
        try:
            await self.start()
        except TelecineError as error:
            self._log.warning("%s", error)

    def _failure(self, how: str) -> TelecineError:
        last = list(self._lines)[-EVIDENCE_LINES:]
        return TelecineError(": ".join([f"{self._part.name} {how}", *last[-1:]]), evidence="\n".join(last))

"""Runs the parts of a site until somebody asks it to stop."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from itertools import chain

from pipeline.errors import StoppedError
from pipeline.site.backoff import Backoff
from pipeline.site.log import SiteLog
from pipeline.site.part import Stages
from pipeline.site.supervised import Supervised

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Each part is a process that ends with this one, however this one ends."""

    def __init__(self, stages: Stages, log: SiteLog, backoff: Callable[[], Backoff]) -> None:
        self._log = log.of("site")
        self._stages = [
            [Supervised(part, log.of(part.name), backoff()) for part in stage] for stage in stages
        ]
        self._hurried = False

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Start all parts, call `when_ready`, keep them running; on SIGINT, SIGTERM or SIGHUP, stop them in
        an orderly way, and at once on the second.

        Raises TelecineError if a part does not start at all, StoppedError if they were stopped at once.
        """
        serving = asyncio.create_task(self._serve(when_ready))
        # What our starter had us ignore, as nohup does with SIGHUP, stays ignored.
        for number in filter(lambda n: signal.getsignal(n) is not signal.SIG_IGN, SIGNALS):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number, serving)
        await asyncio.wait([serving])
        for stage in reversed(self._stages):
            await asyncio.gather(*(part.stop() for part in stage))
        if not serving.cancelled():
            serving.result()
        if self._hurried:
            raise StoppedError("stopped at once: what was being done will be done again")

    async def _serve(self, when_ready: Callable[[], None]) -> None:
        for stage in self._stages:
            await asyncio.gather(*(part.start() for part in stage))
        when_ready()
        await asyncio.gather(*(part.keep() for part in self._parts()))

    def _on_signal(self, number: signal.Signals, serving: "asyncio.Task[None]") -> None:
        if serving.cancel():
            self._log.info("%s: stopping; once more stops at once", number.name)
            return
        self._hurried = True
        for part in self._parts():
            part.kill()

    def _parts(self) -> Iterator[Supervised]:
        return chain.from_iterable(self._stages)

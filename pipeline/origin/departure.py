"""Whether the client of a request has gone away.

uvicorn neither stops an application nor fails its `send` because nobody listens any more: it has to listen
itself (ASGI, http.disconnect).
"""

import asyncio
from types import TracebackType

from starlette.types import Receive


class Departure:
    """Hears, from `listen` on and while it is entered, that a client leaves; never without `receive`."""

    def __init__(self, receive: Receive | None) -> None:
        self._receive = receive
        self._listening: asyncio.Task[None] | None = None

    def __enter__(self) -> "Departure":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()

    def listen(self) -> None:
        """Once there is something to wait for: what is in memory is sent sooner than a task is made."""
        if self._receive is not None and self._listening is None:
            self._listening = asyncio.create_task(_listen(self._receive))

    @property
    def happened(self) -> bool:
        return self._listening is not None and self._listening.done()


async def _listen(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

"""One process that serves an origin, until its end is wanted."""

import asyncio
import contextlib
import socket
from functools import partial
from typing import Any

import uvicorn

from pipeline.origin.guarded import GuardedProtocol
from pipeline.origin.limits import Limits
from pipeline.origin.origin import Origin
from pipeline.origin.protocol import OriginProtocol

BACKLOG = 2048
CHECK_SECONDS = 1.0


class Worker(uvicorn.Server):
    """Serves `origin` until the descriptor `until` reads as ended.

    Then `/readyz` says no for `delay` seconds while all else goes on, so that proxies hear of it; after that
    nobody can connect, and running responses have `drain` seconds to end.
    """

    def __init__(self, origin: Origin, limits: Limits, until: int, delay: float, drain: int) -> None:
        protocol: Any = partial(OriginProtocol, express=origin.express, limits=limits)
        super().__init__(
            uvicorn.Config(
                origin,
                http=protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                # Warnings are of what clients send.
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=drain,
            )
        )
        self._protocol = protocol
        self._origin = origin
        self._until = until
        self._delay = delay

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._until, self._end)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._origin.readiness.drain()
        watching = asyncio.create_task(self._watch())
        await asyncio.sleep(self._delay)
        await self._accept_connected(sockets or [])
        await super().shutdown(sockets)
        watching.cancel()

    async def on_tick(self, counter: int) -> bool:
        # uvicorn calls it ten times a second.
        if counter % 10 == 0:
            self._check()
        return await super().on_tick(counter)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._until)
        self.should_exit = True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            self._check()

    def _check(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            assert isinstance(connection, GuardedProtocol)  # noqa: S101  uvicorn knows others
            connection.check(now)

    async def _accept_connected(self, sockets: list[socket.socket]) -> None:
        """Who has connected, as far as he can see, will be answered."""
        loop = asyncio.get_running_loop()
        for listener in sockets:
            with contextlib.suppress(BlockingIOError):
                while True:
                    connection, _ = listener.accept()
                    await loop.connect_accepted_socket(self.connection, connection)

    def connection(self) -> asyncio.Protocol:
        """The protocol of one more connection."""
        made: asyncio.Protocol = self._protocol(
            config=self.config, server_state=self.server_state, app_state={}
        )
        return made

"""A connection to the origin: most answers go out by a short way, all others through the application."""

import asyncio
from functools import partial
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from pipeline.origin.blocks import BlockCache
from pipeline.origin.content import Content
from pipeline.origin.delivery import DELIVERY, Delivery
from pipeline.origin.express import Express
from pipeline.origin.guarded import GuardedProtocol
from pipeline.origin.limits import LIMITS, Limits
from pipeline.origin.ranges import ByteRange
from pipeline.origin.resource import Representation


class OriginProtocol(GuardedProtocol):
    """`express`, where there is one, finds the answers that need no application."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        express: Express | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop, limits=limits)
        self._express = express
        self._is_express = False
        self._delivery: Delivery | None = None
        self._delivered: asyncio.Future[None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._delivery is not None:
            self._delivery.stop()
        if self._delivered is not None:
            _resolve(self._delivered)

    def answer(self) -> None:
        chosen = self._find()
        self._is_express = chosen is not None
        if chosen is None:
            self.scope["extensions"] = {DELIVERY: {"deliver": self._deliver_for_application}}
            super().answer()
        else:
            self._send(chosen)

    def on_message_complete(self) -> None:
        if self._is_express:
            self.receiving = False
        else:
            super().on_message_complete()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._delivery is not None:
            self._delivery.go_on()

    def _find(self) -> Representation | None:
        # Requests are answered in their order, and to who does not read, one at a time.
        busy = self.is_answering or self.flow.write_paused or self.leaving
        if self._express is None or busy or self.parser.get_method() != b"GET":
            return None
        if self.parser.get_http_version() != "1.1" or not self.parser.should_keep_alive():
            return None
        return self._express.find(self.url, self.headers)

    def _send(self, chosen: Representation) -> None:
        head = self._status_line() + chosen.lines_of_whole
        if isinstance(chosen.content, bytes):
            self.transport.writelines((head, chosen.content))
        else:
            self._deliver(head, chosen.etag, chosen.content)

    def _status_line(self) -> bytes:
        """And the fields that are the server's own."""
        fields = (b"%s: %s\r\n" % field for field in self.server_state.default_headers)
        return b"HTTP/1.1 200 OK\r\n" + b"".join(fields)

    def _deliver(self, head: bytes, etag: bytes, content: Content) -> None:
        assert self._express is not None  # noqa: S101  the content came from it
        # As long as this one is not complete, uvicorn lets other requests of the connection wait.
        cycle = self.cycle = self._running = RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.response_started = True

        def delivered() -> None:
            self._delivery = None
            cycle.response_complete = True
            self.on_response_complete()

        whole = ByteRange(0, content.size - 1)
        blocks = self._express.blocks
        self._delivery = Delivery(self.transport, blocks, etag, content, whole, delivered)
        self._delivery.begin(head)

    async def _deliver_for_application(
        self, blocks: BlockCache, etag: bytes, content: Content, asked: ByteRange
    ) -> None:
        """Send a body whose head the application sent; return then, or when nobody reads any more."""
        cycle = self._running
        assert cycle is not None  # noqa: S101  it asks for this
        self._delivered = self.loop.create_future()
        if not cycle.disconnected:
            done = partial(_resolve, self._delivered)
            self._delivery = Delivery(self.transport, blocks, etag, content, asked, done)
            self._delivery.begin(b"")
            await self._delivered
            self._delivery = None
        cycle.expected_content_length = 0


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

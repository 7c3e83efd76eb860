"""HTTP/1.1 as uvicorn speaks it, within limits, and with a patient end."""

import asyncio
import fcntl
import struct
import termios
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pipeline.origin.headers import FAILURE, lines
from pipeline.origin.limits import LIMITS, Limits


class _RefusedError(Exception):
    """Stops the parser."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. `check` is to be called about once a second: a timer for each would cost more."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits = LIMITS,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.leaving = False
        self._limits = limits
        self._since = self.loop.time()
        # Of the request that is being received.
        self.receiving = self._in_head = False
        self._unparsed = self._head = self._body = self._hosts = 0
        self._refusal = HTTPStatus.BAD_REQUEST
        self._running: RequestResponseCycle | None = None
        # What the reader had left to take when last looked at, and since when it is that.
        self._unread = 0
        self._unread_since = self._since

    @property
    def is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forsake()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            # The parser tells of a field when it has ended.
            self._unparsed += len(data)
            if self._unparsed > self._limits.head:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.receiving = self._in_head = True
        self._unparsed = self._head = self._body = self._hosts = 0
        self._since = self.loop.time()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._limits.target:
            self._fail(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        super().on_header(name, value)
        self._head += len(name) + len(value)
        if self._head > self._limits.head or len(self.headers) > self._limits.fields:
            self._fail(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if name == b"host":
            self._hosts += 1
        elif name == b"content-length" and int(value) > self._limits.body:
            self._fail(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        # The parser takes 0.9 and 2.0 for 1.1.
        if version not in ("1.0", "1.1"):
            self._fail(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        # RFC 9112, section 3.2.
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            self._fail(HTTPStatus.BAD_REQUEST)
        self._in_head = False
        self.answer()

    def answer(self) -> None:
        """Have the request answered whose head has come."""
        super().on_headers_complete()
        if self.leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        if self._body > self._limits.body:
            self._fail(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.receiving = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  these are uvicorn's words
        self._refuse(self._refusal)

    def shutdown(self) -> None:
        """Answer what was asked and what is on its way, the last time saying so. Whoever asks for nothing
        more is ended by `check`."""
        self.leaving = True
        if self.is_answering and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def check(self, now: float) -> None:
        """End a connection that takes too long."""
        unread = self._count_unread()
        if unread != self._unread:
            self._unread, self._unread_since = unread, now
        if unread:
            if now - self._unread_since > self._limits.stalled_seconds:
                self.transport.abort()
        elif not self.is_answering and now - self._since > self._patience:
            self.transport.close()

    @property
    def _patience(self) -> float:
        if self.receiving:
            return self._limits.request_seconds
        return self._limits.leaving_seconds if self.leaving else self._limits.idle_seconds

    def _count_unread(self) -> int:
        """Bytes that are kept for the reader, here and by the system."""
        kept = self.transport.get_write_buffer_size()
        if not kept:
            return 0
        descriptor = self.transport.get_extra_info("socket").fileno()
        queued: int = struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)))[0]
        return kept + queued

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _fail(self, status: HTTPStatus) -> None:
        """Stop parsing. Raises what the parser passes on as an error of its own."""
        self._refusal = status
        raise _RefusedError

    def _refuse(self, status: HTTPStatus) -> None:
        if self._may_answer and not self.transport.is_closing():
            body = f"{status.phrase}\n".encode()
            fields = [*FAILURE, (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
            line = b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode())
            self.transport.write(line + lines(fields) + body)
        self._forsake()
        self.transport.close()

    @property
    def _may_answer(self) -> bool:
        """Whether a refusal would be taken for the answer to what is refused."""
        if not self.is_answering:
            return True
        is_refused = not self._in_head and self.cycle is self._running
        return is_refused and not self.cycle.response_started

    def _forsake(self) -> None:
        """Have nothing more written by the request that is being answered: of several that came together,
        uvicorn tells the last one alone that the connection is lost."""
        if self._running is not None:
            self._running.disconnected = True

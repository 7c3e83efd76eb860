"""A server of one object, by ranges, that can break off, refuse and send elsewhere."""

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    path: str
    headers: Message


@dataclass
class RangeServer:
    """`breaks` is how many answers still end half-way; with `refuses_rest`, what follows them is an error.
    `redirect` is where everybody is sent."""

    content: bytes
    redirect: str = ""
    breaks: int = 0
    refuses_rest: bool = False
    requests: list[Request] = field(default_factory=list)
    url: str = ""


@contextmanager
def range_server(
    content: bytes, *, redirect: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[RangeServer]:
    served = RangeServer(content, redirect)
    handler = type("Handler", (_Handler,), {"served": served})
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        served.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up, or do not trust us, are what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    served: RangeServer

    def do_GET(self) -> None:
        served = self.served
        served.requests.append(Request(self.path, self.headers))
        start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or ["", "0"])[1])
        if served.redirect:
            self._answer(302, Location=served.redirect)
        elif served.refuses_rest and len(served.requests) > 1:
            self._answer(404)
        else:
            rest, size = served.content[start:], len(served.content)
            self._answer(206, rest, Content_Range=f"bytes {start}-{size - 1}/{size}")

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if body and self.served.breaks:
            self.served.breaks -= 1
            body = body[: len(body) // 2]
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are kept."""

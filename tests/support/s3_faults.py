"""A proxy between us and an S3 server that does to requests what networks and servers do.

Each fault happens on the wire: the client under test has no part in it. Presigned URLs and signatures stay
good, for the server is told the host that the client knows.
"""

import http.client
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, get_args
from urllib.parse import urlsplit

Fault = Literal[
    "500",
    "503",
    "slow-down",
    "reset",
    "lost-answer",
    "truncated",
    "damaged-up",
    "damaged-down",
    "stall",
    "skew",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

ANSWERS = {
    "500": (500, "InternalError"),
    "503": (503, "ServiceUnavailable"),
    "slow-down": (503, "SlowDown"),
    "skew": (403, "RequestTimeTooSkewed"),
}

STALL_SECONDS = 30.0

BLOCK = 1 << 16


@dataclass(frozen=True)
class Request:
    """What a client asks: method, path with its query, and the bytes of its body."""

    method: str
    path: str
    body: bytes

    def may_suffer(self, fault: Fault) -> bool:
        """Objects are what can be damaged unnoticed; a list or an error has no checksum to find it by."""
        if fault == "damaged-up":
            return self.method == "PUT" and bool(self.body)
        if fault in ("damaged-down", "truncated"):
            return self.method == "GET" and not urlsplit(self.path).query
        return True


Choice = Callable[[Request], Fault | None]


def at_random(share: float, seed: int) -> Choice:
    """Of that share of requests, each suffers what was longest not suffered, of what it can."""
    source, waiting, choosing = random.Random(seed), list(FAULTS), threading.Lock()

    def choose(request: Request) -> Fault | None:
        with choosing:
            possible = [fault for fault in waiting if request.may_suffer(fault)]
            if source.random() >= share or not possible:
                return None
            waiting.remove(possible[0])
            waiting.append(possible[0])
            return possible[0]

    return choose


def always(fault: Fault) -> Choice:
    return lambda request: fault if request.may_suffer(fault) else None


@dataclass
class FaultyProxy:
    """Listens at `url` and passes on to the server at `upstream`. What happened is counted."""

    upstream: str
    choose: Choice = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def faulty_proxy(upstream: str) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultyProxy

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()
            return
        self.close_connection = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, body)
        fault = self.proxy.choose(request)
        self.proxy.requests.append(request)
        self.proxy.counts[fault or "none"] += 1
        if fault in ANSWERS:
            self._refuse(*ANSWERS[fault])
        elif fault == "reset":
            self._reset()
        elif fault == "stall":
            self._stall()
        else:
            self._pass_on(request, fault)

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Counts are enough."""

    def _pass_on(self, request: Request, fault: Fault | None) -> None:
        host = urlsplit(self.proxy.upstream)
        upstream = http.client.HTTPConnection(str(host.hostname), int(host.port or 80))
        sent = _damaged(request.body) if fault == "damaged-up" else request.body
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        try:
            upstream.request(request.method, request.path, sent, headers)
            with upstream.getresponse() as answer:
                self._answer(answer, answer.read(), fault)
        finally:
            upstream.close()

    def _answer(self, answer: http.client.HTTPResponse, body: bytes, fault: Fault | None) -> None:
        if fault == "lost-answer":
            return self._reset()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if fault == "damaged-down":
            body = _damaged(body)
        if fault == "truncated":
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)
        return None

    def _refuse(self, status: int, code: str) -> None:
        body = f"<Error><Code>{code}</Code><Message>A fault</Message></Error>".encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self) -> None:
        """Without lingering, closing sends RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RD)
        self.close_connection = True

    def _stall(self) -> None:
        self.proxy.closing.wait(STALL_SECONDS)
        self.close_connection = True


def _damaged(body: bytes) -> bytes:
    """With one bit changed, in the middle."""
    place = len(body) // 2
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :] if body else body

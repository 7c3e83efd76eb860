"""A receiver of webhooks, over real connections, which does to each message what it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

from pipeline.webhooks.hook import Hook

SECRET = "whsec_" + "A" * 43 + "="
OTHER_SECRET = "whsec_" + "B" * 43 + "="


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str = SECRET) -> None:
        """By the standard's own library, which looks at the clock. Raises WebhookVerificationError."""
        Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """`manners` are what it does to the messages to come, in order; it takes those after them."""

    port: int
    manners: list[str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def hook(self) -> Hook:
        return Hook(self.url, (SECRET,))


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.received.append(Received(self.path, headers, body))
        manner = self.receiver.manners.pop(0) if self.receiver.manners else "take"
        # Whoever was kept waiting may have gone.
        with suppress(ConnectionError):
            getattr(self, manner)()

    def take(self) -> None:
        self._answer(204)

    def fail(self) -> None:
        self._answer(500)

    def redirect(self) -> None:
        self._answer(307, location="/elsewhere")

    def hang_up(self) -> None:
        self.close_connection = True

    def stall(self) -> None:
        self.receiver.over.wait()

    def drip(self) -> None:
        """An answer that never gets so far as to say anything, a byte at a time."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx-long: ")
        while not self.receiver.over.wait(0.01):
            self.wfile.write(b"x")

    def babble(self) -> None:
        """What is no HTTP, and would begin a line of its own in a log."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\x1b[31m\nfake: 12:00:00 info all is well\n\r\n\r\n")

    def flood(self) -> None:
        """A success with a body without an end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.receiver.over.is_set():
            self.wfile.write(b"x" * 65_536)

    def _answer(self, status: int, **fields: str) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its signature
        """Nothing: tests look at what was received."""


@contextmanager
def receiving(*manners: str) -> Iterator[Receiver]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port, list(manners))
    server.RequestHandlerClass = type("ItsHandler", (Handler,), {"receiver": receiver})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()

"""HTTP/1.1 byte by byte: requests that no client would send, and what comes back."""

import re
import socket
from contextlib import suppress
from dataclasses import dataclass

SECONDS = 20
"""For a server that does not answer, which a test should fail by."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Reply:
    """`head` has the status line; the status is 0 where a connection was closed without an answer."""

    status: int
    head: bytes = b""
    body: bytes = b""

    def __bytes__(self) -> bytes:
        return self.head + self.body


def get(target: bytes, *fields: bytes, host: bytes = b"origin", method: bytes = b"GET") -> bytes:
    """A request whose answer is the last one."""
    lines = [b"%s %s HTTP/1.1" % (method, target), b"Host: " + host, b"Connection: close", *fields]
    return b"\r\n".join([*lines, b"", b""])


def talk(port: int, request: bytes, most: int = 1, *, bodiless: bool = False) -> list[Reply]:
    """Send it and read at most so many answers, or until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        # A request may be refused before its end: why can still be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return _replies(connection, most, bodiless=bodiless)


def ask(port: int, request: bytes) -> Reply:
    replies = talk(port, request, bodiless=request.startswith(b"HEAD "))
    return replies[0] if replies else Reply(0)


def _replies(connection: socket.socket, most: int, *, bodiless: bool) -> list[Reply]:
    replies: list[Reply] = []
    rest = b""
    while len(replies) < most:
        while (reply := _first(rest, bodiless=bodiless)) is None:
            try:
                more = connection.recv(1 << 20)
            except ConnectionResetError:
                more = b""
            if not more:
                return replies
            rest += more
        replies.append(reply)
        rest = rest[len(bytes(reply)) :]
    return replies


def _first(received: bytes, *, bodiless: bool) -> Reply | None:
    head, end, rest = received.partition(b"\r\n\r\n")
    if not end:
        return None
    status = int(head.split(b" ", 2)[1])
    length = _LENGTH.search(head)
    size = 0 if bodiless or status in (204, 304) or length is None else int(length[1])
    return Reply(status, head + end, rest[:size]) if len(rest) >= size else None

"""Running the origin: a socket, and processes that answer at it."""

import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.errors import UsageError
from pipeline.origin.heap import return_blocks
from pipeline.origin.limits import LIMITS, Limits
from pipeline.origin.origin import Origin
from pipeline.origin.prefork import Prefork
from pipeline.origin.worker import BACKLOG, Worker

_OTHER_FILES = 512
"""Descriptors for what is not a connection: media that are held open, the catalog, S3."""

_MARGIN = 5
"""Seconds for a worker to end once its time is over, before it is killed."""


@dataclass(frozen=True)
class Stopping:
    """In seconds: `/readyz` says no for `delay` before nobody can connect any more, and after that running
    responses have `drain` to end."""

    delay: float = 0
    drain: int = 30


def serve(
    make: Callable[[], Origin],
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
    stopping: Stopping | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then let running responses finish and return.

    Each worker is a process that makes its own origin. What that needs (a database, say) is opened there, and
    not before.
    Raises UsageError if the address is not ours to listen on.
    """
    listener, limits, times = _listen(host, port), _limits(), stopping or Stopping()

    def work(listener: socket.socket, until: int) -> None:
        return_blocks()
        Worker(make(), limits, until, times.delay, times.drain).run([listener])

    Prefork(work, listener, workers, times.delay + times.drain + _MARGIN).run()


def _limits() -> Limits:
    """What this process may open, as much as it is allowed, and is worth of connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return replace(LIMITS, connections=min(LIMITS.connections, max(most - _OTHER_FILES, _OTHER_FILES)))


def _listen(host: str, port: int) -> socket.socket:
    """Several processes accept from one socket: who is busy leaves a connection to another, and an origin
    that someone forgot to stop is noticed."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _unusable(host, port, error) from None
    listener.setblocking(False)
    return listener


def _unusable(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(f"cannot listen on {host}, port {port}: {error.strerror}; choose another")

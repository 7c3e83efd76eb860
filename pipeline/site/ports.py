"""TCP ports of this machine."""

import socket
from secrets import SystemRandom

from pipeline.errors import UsageError

LOCALHOST = "127.0.0.1"

CHOICE = range(20_000, 30_000)
"""Below the ports that Linux gives to outgoing connections (32768 and up): while a server is down, a client
that keeps trying to connect could be given the server's own port, reach itself, and keep the server out."""


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
            probe.listen()
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """`preferred` if it is free, else any."""
    if preferred and is_free(preferred):
        return preferred
    return next(filter(is_free, SystemRandom().sample(CHOICE, len(CHOICE))))


def require_free(port: int, option: str) -> None:
    if not is_free(port):
        raise UsageError(f"port {port} is taken: choose another with {option}")

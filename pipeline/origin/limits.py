"""What one client, and all of them together, may take of a process of the origin."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and numbers. What comes too late or is too large is answered, if that still can be, and
    the connection closed."""

    target: int = 8 * 1024
    """A link's token is some hundred bytes, and CMCD some hundred more."""
    head: int = 32 * 1024
    fields: int = 100
    body: int = 64 * 1024
    """No endpoint reads as much."""
    request_seconds: float = 20
    """From its first byte to its last: those who send one a minute are none to wait for."""
    idle_seconds: int = 75
    """Between requests. A CDN should close first: what it sends as we close is lost."""
    stalled_seconds: float = 120
    """For how long a reader may take nothing at all; a slow one may take for ever."""
    leaving_seconds: float = 1
    """What `idle_seconds` is once the process is to end: a request may be on its way."""
    connections: int = 10_000


LIMITS = Limits()

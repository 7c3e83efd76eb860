"""What the caches of this process did so far."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counts of blocks, but for bytes. Only the event loop adds to it."""

    hits: int = 0
    misses: int = 0
    coalesced: int = 0

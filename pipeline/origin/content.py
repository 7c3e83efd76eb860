"""The bytes of a published file, by blocks."""

from typing import Protocol

BLOCK = 64 * 1024
"""Bytes kept and sent as one. A slow client may hold that much, and there may be thousands of them."""

SPAN = (1 << 20) // BLOCK
"""Blocks that are read together, from a multiple of that many on: asking costs more than reading one."""


class Content(Protocol):
    """One version of a file: its bytes stay the same ones, whatever happens meanwhile to its name."""

    @property
    def size(self) -> int:
        """In bytes."""

    async def read(self, blocks: range) -> list[bytes]:
        """The blocks of these numbers, which are a span.

        Raises GoneError once this version can be read no longer, OSError or StorageError where reading fails.
        """


class GoneError(FileNotFoundError):
    """The version that was being read is no longer there: look for the file anew."""


def span(content: Content, number: int) -> range:
    """The blocks to read when `number` is wanted."""
    first = number // SPAN * SPAN
    return range(first, min(first + SPAN, -(-content.size // BLOCK)))

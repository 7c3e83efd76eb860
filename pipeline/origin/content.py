"""The bytes of a published file, by blocks."""

from typing import Protocol

BLOCK = 256 * 1024
"""Bytes read, kept and sent at a time: large enough to be cheap, small enough for a slow client to hold."""

SPAN = 4
"""Blocks that are read together: asking costs more than reading one."""


class Content(Protocol):
    """One version of a file: its bytes stay the same ones, whatever happens meanwhile to its name."""

    @property
    def size(self) -> int:
        """In bytes."""

    async def read(self, blocks: range) -> list[bytes]:
        """The blocks of these numbers: the first at least, and as many of those after it as come with it.

        Raises GoneError once this version can be read no longer, OSError or StorageError where reading fails.
        """


class GoneError(FileNotFoundError):
    """The version that was being read is no longer there: look for the file anew."""


def span(content: Content, number: int) -> range:
    """The blocks to read when `number` is wanted. Spans have fixed ends, so that two readers that began at
    different places soon read the same ones."""
    return range(number, min((number // SPAN + 1) * SPAN, -(-content.size // BLOCK)))

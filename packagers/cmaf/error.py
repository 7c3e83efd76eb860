"""What is wrong with an encoder's output."""

from collections.abc import Iterator
from contextlib import contextmanager

from packagers.mp4.bits import Mp4Error


class CmafError(ValueError):
    """Encoder output that cannot be packaged: one sentence with the chunk, the frame, expected and found."""


@contextmanager
def blame(part: str) -> Iterator[None]:
    """Errors inside say that `part` is at fault."""
    try:
        yield
    except (Mp4Error, CmafError) as error:
        raise CmafError(f"{part}: {error}") from error

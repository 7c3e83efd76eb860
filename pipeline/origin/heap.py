"""The heap of a process that keeps many blocks for a while."""

import contextlib
import ctypes

_M_MMAP_THRESHOLD = -3  # malloc.h of glibc
_BLOCKS = 60_000


def return_blocks() -> None:
    """Have memory of blocks given back to the system when they are forgotten, where the C library is glibc.

    Else they lie in a heap for each thread that reads, between others that stay: what 2,000 slow readers took
    was never given back.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _BLOCKS)

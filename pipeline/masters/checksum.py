"""The SHA-256 of a master's bytes."""

import hashlib
from collections.abc import Callable
from typing import BinaryIO

from pipeline.masters.keys import damaged, digest_of
from pipeline.storage.base import Storage

BLOCK = 1 << 22
"""Bytes between two looks at whether the job was stopped."""

TRIES = 2
"""Times that a stored master is read before it counts as damaged: the fault may have been on the way."""


def sha256(file: BinaryIO, keep_going: Callable[[], None], also: Callable[[bytes], object] = len) -> str:
    """Of all that is left of `file`, in hex. `also` is given each block; `keep_going` may raise to stop."""
    found = hashlib.sha256()
    while block := file.read(BLOCK):
        keep_going()
        found.update(block)
        also(block)
    return found.hexdigest()


def verify(storage: Storage, key: str, keep_going: Callable[[], None]) -> None:
    """Read a stored master whole. Raises BadMasterError unless its bytes are those that the key promises."""
    for _ in range(TRIES):
        with storage.ranged(key) as file:
            if sha256(file, keep_going) == digest_of(key):
                return
    raise damaged(key)

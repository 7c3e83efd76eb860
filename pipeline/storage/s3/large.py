"""An object too large for memory, fetched into a file by several connections at a time."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pipeline.pool import pooled
from pipeline.storage.durable import write_at
from pipeline.storage.s3.checksum import BLOCK, sha256_of
from pipeline.storage.s3.errors import again
from pipeline.storage.s3.ranges import NoRangesError, Pinned

PART = 16 << 20
"""Bytes of a range. Smaller objects come whole."""

READERS = 4
"""Ranges on their way at a time: one connection does not fill a network."""


def fetched(found: Pinned, stream: Iterable[bytes], scratch: Path) -> tuple[BinaryIO, str]:
    """A nameless file in `scratch`, at its start, and the SHA-256 of its bytes, in hex. `stream` gives all of
    the object in turn, for an endpoint that serves no ranges."""
    scratch.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115  handed out
    try:
        digest = _written(file, found, stream)
    except BaseException:
        file.close()
        raise
    return file, digest


def _written(file: BinaryIO, found: Pinned, stream: Iterable[bytes]) -> str:
    try:
        return _fetch(file.fileno(), found)
    except NoRangesError:
        _write(file.fileno(), 0, stream)
        return sha256_of(file)


def _fetch(descriptor: int, found: Pinned) -> str:
    """What has arrived is hashed while the rest is on its way."""

    @again
    def fetch(start: int) -> None:
        _write(descriptor, start, found.blocks(start, min(start + PART, found.size)))

    digest, starts = hashlib.sha256(), range(0, found.size, PART)
    with pooled(READERS, "download") as pool:
        fetching = [pool.submit(fetch, start) for start in starts]
        for start, future in zip(starts, fetching, strict=True):
            future.result()
            for place in range(start, min(start + PART, found.size), BLOCK):
                digest.update(os.pread(descriptor, BLOCK, place))
    return digest.hexdigest()


def _write(descriptor: int, place: int, blocks: Iterable[bytes]) -> None:
    for block in blocks:
        write_at(descriptor, block, place)
        place += len(block)

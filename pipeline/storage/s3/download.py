"""An object fetched whole and checked before anybody sees a byte of it."""

import gzip
import io
import tempfile
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from pipeline.storage.durable import explained as disk_explained
from pipeline.storage.durable import write_at
from pipeline.storage.s3.checksum import BLOCK, sha256_of
from pipeline.storage.s3.errors import DamagedError, again, anew, explained, reading
from pipeline.storage.s3.headers import digest_in, is_encoded
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.ranges import NoRangesError, Pinned

PART = 16 << 20
"""Bytes. Larger objects do not stay in memory, and come by ranges of that size."""

READERS = 4
"""Ranges of an object on their way at a time: one connection does not fill a network."""


@anew
def download(place: Place, key: str, scratch: Path) -> BinaryIO:
    """The object in memory or in a nameless file in `scratch`, at its start.

    Its bytes are those that were stored, by the digest stored with them; those of an object that others
    stored, by the checksum that the endpoint gives, if it gives one. Raises DamagedError else. Of one that is
    stored as gzip, they are its content.
    """
    doing = f"cannot read {key}"
    with explained(doing):
        answer = place.client.get_object(**place.at(key))
    size, digest = answer["ContentLength"], digest_in(answer["Metadata"])
    with closing(answer["Body"]) as body, disk_explained(doing), reading(doing):
        if size <= PART:
            file: BinaryIO = io.BytesIO(body.read())
        else:
            file = _fetched(Pinned(place, key, size, answer["ETag"]), body.iter_chunks(BLOCK), scratch)
    if digest and sha256_of(file) != digest:
        file.close()
        raise DamagedError(f"{doing}: it is not what was stored: its checksum differs")
    return _decoded(file, doing) if is_encoded(answer) else file


def _decoded(file: BinaryIO, doing: str) -> BinaryIO:
    with file:
        try:
            return io.BytesIO(gzip.decompress(file.read()))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DamagedError(f"{doing}: what is stored is no gzip: {error}") from error


def _fetched(found: Pinned, stream: Iterable[bytes], scratch: Path) -> BinaryIO:
    """A large object, whose bytes `stream` gives from the start, one after the other."""
    scratch.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115  handed out
    try:
        try:
            _fetch_ranges(found, file.fileno())
        except NoRangesError:
            _write(file.fileno(), 0, stream)
    except BaseException:
        file.close()
        raise
    return file


def _fetch_ranges(found: Pinned, descriptor: int) -> None:
    @again
    def fetch(start: int) -> None:
        _write(descriptor, start, found.blocks(start, min(start + PART, found.size)))

    with ThreadPoolExecutor(READERS, thread_name_prefix="download") as pool:
        fetching = [pool.submit(fetch, start) for start in range(0, found.size, PART)]
        try:
            for future in fetching:
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _write(descriptor: int, place: int, blocks: Iterable[bytes]) -> None:
    for block in blocks:
        write_at(descriptor, block, place)
        place += len(block)

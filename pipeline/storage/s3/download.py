"""An object fetched whole and checked before anybody sees a byte of it."""

import gzip
import io
import zlib
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from pipeline.storage.durable import explained as disk_explained
from pipeline.storage.s3.checksum import BLOCK, sha256_of
from pipeline.storage.s3.errors import DamagedError, anew, explained, reading
from pipeline.storage.s3.headers import digest_in, is_encoded
from pipeline.storage.s3.large import PART, fetched
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.ranges import Pinned


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
            found = sha256_of(file)
        else:
            file, found = fetched(Pinned(place, key, size, answer["ETag"]), body.iter_chunks(BLOCK), scratch)
    if digest and found != digest:
        file.close()
        raise DamagedError(f"{doing}: it is not what was stored: its checksum differs")
    return _decoded(file, doing) if is_encoded(answer) else file


def _decoded(file: BinaryIO, doing: str) -> BinaryIO:
    with file:
        try:
            return io.BytesIO(gzip.decompress(file.read()))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DamagedError(f"{doing}: what is stored is no gzip: {error}") from error

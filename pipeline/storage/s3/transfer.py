"""A large file on its way into a bucket, several parts at a time."""

import hashlib
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.errors import StorageError
from pipeline.pool import pooled
from pipeline.storage.s3.checksum import sha256_of
from pipeline.storage.s3.multipart import Multipart
from pipeline.storage.s3.place import Place
from pipeline.storage.uploads import Part

PART = 16 << 20
"""Bytes. Smaller files are sent whole; at 10 000 parts, it is for files up to 160 GB."""

SENDERS = 4


def send_file(place: Place, key: str, path: Path) -> None:
    """Store the file. What was sent of it is removed where that fails, for nobody could go on with it."""
    with path.open("rb") as file:
        digest = sha256_of(file)
    upload = Multipart.begin(place, key, digest)
    try:
        upload.complete(_sent(upload, path))
    except BaseException:
        with suppress(StorageError):  # The bucket's rule for unfinished uploads removes what we cannot.
            upload.abort()
        raise


def _sent(upload: Multipart, path: Path) -> list[dict[str, Any]]:
    def send(start: int) -> dict[str, Any]:
        with path.open("rb") as file:
            file.seek(start)
            body = file.read(PART)
        part = Part(start // PART + 1, len(body), hashlib.sha256(body).hexdigest())
        return upload.send(part, io.BytesIO(body))

    with pooled(SENDERS, "store") as pool:
        sending = [pool.submit(send, start) for start in range(0, path.stat().st_size, PART)]
        return [future.result() for future in sending]

"""A large file on its way into a bucket, several parts at a time."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import StorageError
from pipeline.storage.uploads import Part, Upload, Uploads

PART = 16 << 20
"""Bytes. Smaller files are sent whole; at 10 000 parts, it is for files up to 160 GB."""

SENDERS = 4


def send_file(uploads: Uploads, key: str, path: Path) -> None:
    """Store the file. What was sent of it is removed where that fails."""
    with path.open("rb") as file:
        digest, parts = _described(file)
    upload = uploads.begin(key, PART, digest)
    try:
        _send(upload, path, parts)
        upload.complete(parts)
    except BaseException:
        with suppress(StorageError):  # The bucket's rule for unfinished uploads removes what we cannot.
            uploads.abort(key, upload.id)
        raise
    finally:
        upload.close()


def _described(file: BinaryIO) -> tuple[str, list[Part]]:
    """SHA-256 of all of it, and its parts."""
    whole, parts = hashlib.sha256(), list[Part]()
    while block := file.read(PART):
        whole.update(block)
        parts.append(Part(len(parts) + 1, len(block), hashlib.sha256(block).hexdigest()))
    return whole.hexdigest(), parts


def _send(upload: Upload, path: Path, parts: list[Part]) -> None:
    def send(part: Part) -> None:
        with path.open("rb") as file:
            file.seek((part.number - 1) * PART)
            upload.put(part, file)

    with ThreadPoolExecutor(SENDERS, thread_name_prefix="store") as pool:
        sending = [pool.submit(send, part) for part in parts]
        try:
            for future in sending:
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise

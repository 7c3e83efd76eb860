"""A large file on its way into a bucket, several parts at a time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pipeline.errors import StorageError
from pipeline.storage.s3.checksum import sha256_of
from pipeline.storage.s3.upload import S3Upload
from pipeline.storage.s3.uploads import S3Uploads
from pipeline.storage.uploads import Part

PART = 16 << 20
"""Bytes. Smaller files are sent whole; at 10 000 parts, it is for files up to 160 GB."""

SENDERS = 4


def send_file(uploads: S3Uploads, key: str, path: Path) -> None:
    """Store the file. What was sent of it is removed where that fails."""
    with path.open("rb") as file:
        digest = sha256_of(file)
    upload = uploads.begin(key, PART, digest)
    try:
        upload.complete(_sent(upload, path))
    except BaseException:
        with suppress(StorageError):  # The bucket's rule for unfinished uploads removes what we cannot.
            uploads.abort(key, upload.id)
        raise


def _sent(upload: S3Upload, path: Path) -> list[Part]:
    def send(start: int) -> Part:
        with path.open("rb") as file:
            file.seek(start)
            return upload.put_bytes(start // PART + 1, file.read(PART))

    with ThreadPoolExecutor(SENDERS, thread_name_prefix="store") as pool:
        sending = [pool.submit(send, start) for start in range(0, path.stat().st_size, PART)]
        try:
            return [future.result() for future in sending]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise

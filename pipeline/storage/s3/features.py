"""What an S3 endpoint can do, found by trying: many call themselves compatible and differ in what they lack.

Storage relies on none of this but byte ranges, without which large objects come slowly, and masters not in
pieces. It says what an operator can expect.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from pipeline.storage.s3.checksum import in_base64
from pipeline.storage.s3.errors import code_of, explained
from pipeline.storage.s3.place import Place

FOLDER = "probes"
"""Of the objects that are stored for trying, and removed."""

BODY = b"0123456789"
DIGEST = hashlib.sha256(BODY).hexdigest()

OUT = (500, 502, 503, 504)
"""No answer to what was asked. 501 is one."""

RACERS = 8
ROUNDS = 3

Creation = Literal["ignored", "racy", "atomic"]


@dataclass(frozen=True)
class Features:
    """`ranges`: parts of objects can be read. `pinned`: If-Match on reading refuses another version.
    `creation`: what If-None-Match: * on writing does; racy where two writers at once may both win.
    `checked`: bytes other than their SHA-256 says are refused. `keeps_digests`, `keeps_part_digests`: that
    SHA-256 is told again of objects and of the parts of uploads. `least_part`: parts below 5 MiB are refused.

    `lifecycle` and `cors`: whether a bucket has such rules, None where we may not ask. `versioning` is
    Enabled, Suspended, or empty where it never was on; None where we may not ask.
    """

    ranges: bool
    pinned: bool
    creation: Creation
    checked: bool
    keeps_digests: bool
    keeps_part_digests: bool
    least_part: bool
    lifecycle: bool | None
    cors: bool | None
    versioning: str | None


def find_features(place: Place) -> Features:
    """Takes some fifty small requests. Raises StorageError where the bucket cannot be used at all."""
    with explained(f"cannot try what {place.bucket} can do"), _folder(place) as folder:
        at = place.at(f"{folder}/object")
        place.client.put_object(**at, Body=BODY, **place.checksum(DIGEST))
        return Features(
            ranges=_reads_ranges(place, at),
            pinned=_refuses(lambda: place.client.get_object(**at, IfMatch='"0"')),
            creation=_creation(place, folder),
            checked=_refuses(
                lambda: place.client.put_object(**at, Body=BODY[::-1], **place.checksum(DIGEST))
            ),
            keeps_digests="ChecksumSHA256" in place.client.head_object(**at, ChecksumMode="ENABLED"),
            keeps_part_digests=_keeps_part_digests(place, at),
            least_part=_refuses_small_parts(place, at),
            lifecycle=_has_rules(place.client.get_bucket_lifecycle_configuration, place, "Rules"),
            cors=_has_rules(place.client.get_bucket_cors, place, "CORSRules"),
            versioning=_versioning(place),
        )


@contextmanager
def _folder(place: Place) -> Iterator[str]:
    """One that goes with all that is in it."""
    folder = f"{FOLDER}/{uuid.uuid4().hex}"
    try:
        yield folder
    finally:
        for found in place.client.list_objects_v2(**place.below(folder)).get("Contents", ()):
            place.client.delete_object(Bucket=place.bucket.name, Key=found["Key"])


def _refuses(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in OUT:
            raise
        return True
    return False


def _reads_ranges(place: Place, at: dict[str, Any]) -> bool:
    answer = place.client.get_object(**at, Range="bytes=2-4")
    return answer["Body"].read() == BODY[2:5] and answer.get("ContentRange") == f"bytes 2-4/{len(BODY)}"


def _creation(place: Place, folder: str) -> Creation:
    def wins(key: str) -> bool:
        at = place.at(f"{folder}/{key}")
        return not _refuses(lambda: place.client.put_object(**at, Body=BODY, IfNoneMatch="*"))

    if not wins("once") or wins("once"):
        return "ignored"
    with ThreadPoolExecutor(RACERS) as pool:
        won = [sum(pool.map(wins, [f"race-{n}"] * RACERS)) for n in range(ROUNDS)]
    return "atomic" if won == [1] * ROUNDS else "racy"


def _keeps_part_digests(place: Place, at: dict[str, Any]) -> bool:
    with _upload(place, at) as upload:
        place.client.upload_part(**upload, PartNumber=1, Body=BODY, **place.checksum(DIGEST))
        parts = place.client.list_parts(**upload)["Parts"]
    return [part.get("ChecksumSHA256") for part in parts] == [in_base64(DIGEST)]


def _refuses_small_parts(place: Place, at: dict[str, Any]) -> bool:
    with _upload(place, at) as upload:
        sent = [(n, place.client.upload_part(**upload, PartNumber=n, Body=BODY)["ETag"]) for n in (1, 2)]
        parts: Any = [{"PartNumber": number, "ETag": etag} for number, etag in sent]
        return _refuses(
            lambda: place.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        )


@contextmanager
def _upload(place: Place, at: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Removed again, unless it was completed."""
    made = place.client.create_multipart_upload(**at, ChecksumAlgorithm="SHA256")
    upload = {**at, "UploadId": made["UploadId"]}
    try:
        yield upload
    finally:
        _refuses(lambda: place.client.abort_multipart_upload(**upload))


def _has_rules(ask: Callable[..., Any], place: Place, name: str) -> bool | None:
    """Of a bucket without rules, S3 says NoSuch...Configuration; Swift answers with nothing at all, and has
    no such rules."""
    try:
        return name in ask(Bucket=place.bucket.name)
    except ClientError as error:
        code = code_of(error)
        return None if code in ("AccessDenied", "403") else code.startswith("NoSuch")


def _versioning(place: Place) -> str | None:
    try:
        return str(place.client.get_bucket_versioning(Bucket=place.bucket.name).get("Status", ""))
    except ClientError as error:
        return None if code_of(error) in ("AccessDenied", "403") else ""

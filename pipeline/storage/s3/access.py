"""What credentials are allowed in a bucket, found by doing it, and how wrong this machine's clock is."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pipeline.storage.s3.clock import skew
from pipeline.storage.s3.errors import code_of, explained
from pipeline.storage.s3.features import BODY, FOLDER
from pipeline.storage.s3.place import Place

DENIED = frozenset(("AccessDenied", "403"))


@dataclass(frozen=True)
class Access:
    """`refused` are the operations that a worker needs and may not do; `skew` is by how many seconds this
    machine's clock is ahead of the endpoint's, to about a second."""

    refused: tuple[str, ...]
    skew: float


def try_access(place: Place) -> Access:
    """Store, read, list and remove a small object and the beginning of an upload. Raises StorageError where
    the bucket cannot be reached, or the credentials are none."""
    client, trial = place.client, _Trial(place)
    at, below = place.at(f"{FOLDER}/{uuid.uuid4().hex}"), place.below(FOLDER)
    listed = trial.of("list", client.list_objects_v2, **below, MaxKeys=1)
    if trial.of("put", client.put_object, **at, Body=BODY):
        trial.of("get", client.get_object, **at).get("Body", io.BytesIO()).close()
        trial.of("head", client.head_object, **at)
        trial.of("delete", client.delete_object, **at)
    upload = trial.of("begin an upload", client.create_multipart_upload, **at).get("UploadId")
    if upload:
        trial.of("list parts", client.list_parts, **at, UploadId=upload)
        trial.of("abort an upload", client.abort_multipart_upload, **at, UploadId=upload)
    trial.of("list uploads", client.list_multipart_uploads, **below, MaxUploads=1)
    return Access(tuple(trial.refused), skew(listed))


class _Trial:
    def __init__(self, place: Place) -> None:
        self._place = place
        self.refused: list[str] = []

    def of(self, operation: str, call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        """The answer; an empty one where the operation is refused."""
        with explained(f"cannot use {self._place.bucket}: {operation}"):
            try:
                return dict(call(**arguments))
            except ClientError as error:
                if code_of(error) not in DENIED:
                    raise
        self.refused.append(operation)
        return {}

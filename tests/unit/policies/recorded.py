"""What telecine asks of S3, as policies name it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from pipeline.storage.s3.client import Connection

ACTIONS = {
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "PutObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObject": "DeleteObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "ListParts": "ListMultipartUploadParts",
    "ListObjectsV2": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketAcl": "GetBucketAcl",
    "GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketVersioning": "GetBucketVersioning",
    "PutBucketVersioning": "PutBucketVersioning",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
}
"""Which action an operation needs (Service Authorization Reference, "Actions defined by Amazon S3")."""

PAGE = Path(__file__).parents[3] / "docs/s3.md"

Asked = set[tuple[str, str]]
"""Actions, and the ARNs of what they are about."""


def policy(heading: str, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """The statements of the policy under a heading of the page."""
    text = re.search(rf"^### {re.escape(heading)}$.*?```json\n(.*?)```", PAGE.read_text(), re.M | re.S)
    assert text, heading
    written = text[1].replace("BUCKET", bucket).replace("PREFIX/", prefix)
    statements: list[dict[str, Any]] = json.loads(written)["Statement"]
    return statements


def refused(asked: Asked, statements: list[dict[str, Any]]) -> Asked:
    """What the policy does not allow."""
    return {
        (action, resource)
        for action, resource in asked
        if not any(action in one["Action"] and fnmatchcase(resource, one["Resource"]) for one in statements)
    }


def unused(asked: Asked, statements: list[dict[str, Any]]) -> Asked:
    """What the policy allows and nobody asked for."""
    allowed = {(action, one["Resource"]) for one in statements for action in one["Action"]}
    return {
        (action, resource)
        for action, resource in allowed
        if not any(action == asked_for and fnmatchcase(about, resource) for asked_for, about in asked)
    }


@contextmanager
def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """All that clients which are made meanwhile ask for."""
    asked: Asked = set()
    made = Connection._made

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        key = params.get("Key")
        about = params["Bucket"] + (f"/{key}" if key else "")
        asked.add((f"s3:{ACTIONS[model.name]}", f"arn:aws:s3:::{about}"))

    def recorded(self: Connection) -> Any:
        client = made(self)
        client.meta.events.register("before-parameter-build.s3", record)
        return client

    monkeypatch.setattr(Connection, "_made", recorded)
    yield asked

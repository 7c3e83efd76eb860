"""What credentials may do in a bucket, and whether clocks agree."""

import time
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse

from pipeline.cli.storage_checks import storage_checks
from pipeline.errors import StorageError
from pipeline.storage.location import Bucket
from pipeline.storage.s3.access import try_access
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.settings import S3Settings
from tests.support.s3 import BUCKET, SERVERS, server

DENIAL = b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"


class Body:
    """As botocore reads one."""

    def stream(self, **_: Any) -> list[bytes]:
        return [DENIAL]


def place(name: str, *denied: str) -> Place:
    """Where some of S3's operations are answered as AWS answers what no policy allows."""
    connection = Connection(S3Settings(), server(name).profile)

    def deny(request: AWSRequest, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 403, {}, Body())

    for operation in denied:
        connection.client.meta.events.register(f"before-send.s3.{operation}", deny)
    return Place(connection, Bucket(BUCKET, "access/", server(name).profile))


@pytest.mark.parametrize("name", SERVERS)
def test_all_is_allowed_and_nothing_is_left(name: str) -> None:
    where = place(name)
    found = try_access(where)
    assert found.refused == ()
    assert abs(found.skew) < 60
    assert "Contents" not in where.client.list_objects_v2(**where.below("probes"))
    assert not where.client.list_multipart_uploads(**where.below("probes")).get("Uploads")


def test_what_is_refused_is_named() -> None:
    where = place("ministack", "ListObjectsV2", "HeadObject", "AbortMultipartUpload")
    assert try_access(where).refused == ("list", "head", "abort an upload")
    for upload in where.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ()):
        server("ministack").connection().client.abort_multipart_upload(
            Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"]
        )


def test_a_clock_that_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 120)
    checks = {check.name: check for check in storage_checks(place("ministack").bucket, tmp_path)}
    clock = checks["storage clock"]
    assert (clock.good, clock.essential) == (False, False)
    assert clock.found in {f"this machine's is {seconds} s ahead" for seconds in range(119, 125)}


def test_what_is_out_of_reach_is_not_refused(tmp_path: Path) -> None:
    profile = tmp_path / "aws"
    profile.write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\nregion = us-east-1\n"
        "endpoint_url = http://127.0.0.1:9\n"
    )
    with pytest.raises(StorageError, match="out of reach"):
        try_access(Place(Connection(S3Settings(attempts=1), profile), Bucket("any")))

"""What failures of S3 mean for work that waits, and what people are told."""

from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from urllib3.exceptions import ProtocolError

from pipeline.errors import DiskFullError, OutageError, RefusedError, StorageError
from pipeline.storage.s3.errors import (
    TRIES,
    BrokenOffError,
    DamagedError,
    EndedError,
    ReplacedError,
    again,
    anew,
    explained,
    reading,
)
from workers.verdict import GiveUp, TryAgain, Wait, verdict

URL = "https://films.s3.amazonaws.com/a?X-Amz-Signature=hush"


def answer(code: str, status: int = 400, **headers: str) -> boto.ClientError:
    said: Any = {
        "Error": {"Code": code, "Message": "It says so."},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "R1", "HTTPHeaders": headers},
    }
    return boto.ClientError(said, "GetObject")


def raised(error: Exception) -> StorageError:
    with pytest.raises(StorageError) as found, explained("cannot read a"):
        raise error
    return found.value


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (answer("NoSuchKey", 404), StorageError, "there is no such object"),
        (answer("404", 404), StorageError, "there is no such object"),
        (answer("NoSuchUpload", 404), EndedError, "the upload was completed or aborted by another"),
        (answer("PreconditionFailed", 412), ReplacedError, "the object was replaced meanwhile"),
        (answer("412", 412), ReplacedError, "the object was replaced meanwhile"),
        (answer("BadDigest"), DamagedError, "it arrived damaged: BadDigest"),
        (answer("XAmzContentSHA256Mismatch"), DamagedError, "it arrived damaged: XAmzContentSHA256Mismatch"),
        (
            answer("NoSuchBucket", 404),
            RefusedError,
            "there is no such bucket; create it, or correct TELECINE_STORAGE",
        ),
        (answer("AccessDenied", 403), RefusedError, "the credentials do not allow it"),
        (answer("403", 403), RefusedError, "the credentials are wrong or do not allow it"),
        (
            answer("403", 403, date="Thu, 01 Jan 2015 00:00:00 GMT"),
            RefusedError,
            "this machine's clock is wrong; set it",
        ),
        (
            answer("KMS.AccessDeniedException", 403),
            RefusedError,
            "the credentials are wrong or do not allow it",
        ),
        (answer("SignatureDoesNotMatch", 403), RefusedError, "the credentials are wrong"),
        (answer("RequestTimeTooSkewed", 403), RefusedError, "this machine's clock is wrong; set it"),
        (
            answer("AuthorizationHeaderMalformed"),
            RefusedError,
            "the bucket is in another region; set AWS_REGION",
        ),
        (
            answer("301", 301),
            RefusedError,
            "the bucket is elsewhere; set AWS_REGION or AWS_ENDPOINT_URL_S3",
        ),
        (answer("SlowDown", 503), OutageError, "S3 is out or busy: SlowDown"),
        (answer("502", 502), OutageError, "S3 is out or busy: 502"),
        (answer("RequestTimeout"), OutageError, "S3 is out or busy: RequestTimeout"),
        (answer("507", 507), DiskFullError, "the storage is full; free some space"),
        (answer("XMinioStorageFull", 507), DiskFullError, "the storage is full; free some space"),
        (answer("InvalidRequest"), StorageError, "S3 refuses it: InvalidRequest"),
        (
            boto.NoCredentialsError(),
            RefusedError,
            "no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        (
            boto.EndpointConnectionError(endpoint_url=URL),
            OutageError,
            "S3 is out of reach at films.s3.amazonaws.com: EndpointConnectionError",
        ),
        (
            boto.ReadTimeoutError(endpoint_url=URL),
            OutageError,
            "S3 is out of reach at films.s3.amazonaws.com: ReadTimeoutError",
        ),
        (ProtocolError(f"reset at {URL}"), OutageError, "S3 is out of reach: ProtocolError"),
        (
            boto.FlexibleChecksumError(error_msg="differs"),
            DamagedError,
            "it is not what was stored: its checksum differs",
        ),
        (ResponseParserError("no XML"), BrokenOffError, "the answer makes no sense"),
        (
            boto.ProfileNotFound(profile="films"),
            RefusedError,
            "The config profile (films) could not be found",
        ),
    ],
    ids=repr,
)
def test_what_it_means(error: Exception, kind: type[StorageError], message: str) -> None:
    found = raised(error)
    assert type(found) is kind
    assert str(found) == f"cannot read a: {message}"
    assert "hush" not in f"{found}{found.evidence}"


def test_what_s3_said_is_kept_for_engineers() -> None:
    assert raised(answer("InvalidRequest")).evidence == (
        "GetObject 400 InvalidRequest: It says so.\nrequest R1"
    )


@pytest.mark.parametrize(
    ("error", "then"),
    [
        (answer("SlowDown", 503), Wait),
        (answer("RequestTimeTooSkewed", 403), Wait),
        (answer("NoSuchBucket", 404), Wait),
        (answer("507", 507), Wait),
        (answer("NoSuchKey", 404), TryAgain),
        (answer("BadDigest"), TryAgain),
    ],
    ids=repr,
)
def test_what_becomes_of_a_worker_s_step(error: Exception, then: type[Wait | TryAgain | GiveUp]) -> None:
    """What an operator puts right costs no job; what only one step meets ends its job in time."""
    assert isinstance(verdict(raised(error), 0), then)


@pytest.mark.parametrize(
    ("error", "retryable"), [(answer("503", 503), True), (answer("ExpiredToken"), False)], ids=repr
)
def test_whether_a_command_tries_again(error: Exception, retryable: bool) -> None:
    assert raised(error).retryable == retryable


def test_an_answer_that_breaks_off_is_told_from_one_that_never_came() -> None:
    told = "cannot read a: the answer broke off: ReadTimeoutError"
    with pytest.raises(BrokenOffError, match=told), reading("cannot read a"):
        raise boto.ReadTimeoutError(endpoint_url=URL)


@pytest.mark.parametrize(
    ("decorator", "error", "calls"),
    [
        (again, BrokenOffError("broken"), TRIES),
        (again, DamagedError("damaged"), TRIES),
        (again, ReplacedError("replaced"), 1),
        (anew, ReplacedError("replaced"), TRIES),
        (again, OutageError("out"), 1),
    ],
)
def test_what_is_repeated(decorator: Any, error: StorageError, calls: int) -> None:
    called = []

    @decorator
    def call() -> None:
        called.append(1)
        raise error

    with pytest.raises(StorageError) as found:
        call()
    assert found.value is error
    assert len(called) == calls

"""Which failure of S3 it was: a missing object, an outage, bytes that were damaged, or our being refused.

Messages name what was done and where to look, never a URL, a header or a credential.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from urllib3.exceptions import HTTPError

from pipeline.errors import DiskFullError, OutageError, RefusedError, StorageError
from pipeline.storage.s3.clock import TOLERATED, skew

P = ParamSpec("P")
T = TypeVar("T")

MISSING = frozenset(("NoSuchKey", "NotFound", "404"))

ENDED = "NoSuchUpload"

DAMAGED = frozenset(("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"))
"""What arrived there is not what we sent."""

FULL = frozenset(("InsufficientStorage", "507", "XMinioStorageFull", "QuotaExceeded"))

BUSY = frozenset(("SlowDown", "429", "TooManyRequests", "Throttling", "RequestTimeout", "OperationAborted"))

REFUSED = {
    "NoSuchBucket": "there is no such bucket; create it, or correct TELECINE_STORAGE",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    "AccessDenied": "the credentials do not allow it",
    "403": "the credentials are wrong or do not allow it",
    "InvalidAccessKeyId": "the credentials are unknown there",
    "SignatureDoesNotMatch": "the credentials are wrong",
    "InvalidToken": "the credentials are wrong",
    "ExpiredToken": "the credentials have expired",
    "AuthorizationHeaderMalformed": "the bucket is in another region; set AWS_REGION",
    "PermanentRedirect": "the bucket is elsewhere; set AWS_REGION or AWS_ENDPOINT_URL_S3",
    "301": "the bucket is elsewhere; set AWS_REGION or AWS_ENDPOINT_URL_S3",
    "IllegalLocationConstraintException": "the bucket is in another region; set AWS_REGION",
}
"""What no repetition heals, and no other step could do either."""

TRIES = 4


class DamagedError(StorageError):
    """What arrived is not what was sent or stored."""


class BrokenOffError(OutageError):
    """An answer that had begun did not come to its end."""


class ReplacedError(StorageError):
    """The object is not the one any more of which a range was asked for; the next try takes the new one."""


class EndedError(StorageError):
    """There is no such upload any more."""


def _repeated(*errors: type[StorageError]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    return retry(
        retry=retry_if_exception_type(errors),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )


again = _repeated(DamagedError, BrokenOffError)
"""Decorates what can be repeated as a whole. Requests that got no good answer were repeated by the client."""

anew = _repeated(DamagedError, BrokenOffError, ReplacedError)
"""The same for what does not depend on which version of the object it sees."""


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Failures of S3 as ours."""
    try:
        yield
    except (boto.ClientError, boto.BotoCoreError, ResponseParserError, HTTPError) as error:
        raise _translated(doing, error) from error


@contextmanager
def reading(doing: str) -> Iterator[None]:
    """Like `explained`, for what comes after the head of an answer: the client does not repeat that."""
    with explained(doing):
        try:
            yield
        except (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError, HTTPError) as error:
            raise BrokenOffError(f"{doing}: the answer broke off: {type(error).__name__}") from error


def code_of(error: boto.ClientError) -> str:
    """S3's name for what is wrong; the status, where an answer had no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _translated(doing: str, error: Exception) -> StorageError:
    if isinstance(error, boto.ClientError):
        return _answered(doing, error)
    if isinstance(error, (boto.NoCredentialsError, boto.PartialCredentialsError)):
        return RefusedError(f"{doing}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if isinstance(error, boto.FlexibleChecksumError):
        return DamagedError(f"{doing}: it is not what was stored: its checksum differs")
    if isinstance(error, ResponseParserError):
        return BrokenOffError(f"{doing}: the answer makes no sense")
    if isinstance(error, (boto.ConnectionError, boto.HTTPClientError, HTTPError)):
        return OutageError(f"{doing}: S3 is out of reach{_where(error)}: {type(error).__name__}")
    return RefusedError(f"{doing}: {error}")


def _where(error: Exception) -> str:
    """The endpoint, without what might be secret in its URL."""
    url = getattr(error, "kwargs", {}).get("endpoint_url")
    parts = urlsplit(str(url or ""))
    return f" at {parts.hostname}" + (f":{parts.port}" if parts.port else "") if parts.hostname else ""


def _answered(doing: str, error: boto.ClientError) -> StorageError:
    code, status, evidence = code_of(error), _status(error), _evidence(error)
    if code == "403" and abs(skew(error.response)) > TOLERATED:
        code = "RequestTimeTooSkewed"  # Answers to HEAD do not say what is wrong.
    if code in MISSING:
        return StorageError(f"{doing}: there is no such object", evidence=evidence)
    if code == ENDED:
        return EndedError(f"{doing}: the upload was completed or aborted by another", evidence=evidence)
    if code == "PreconditionFailed" or status == 412:
        return ReplacedError(f"{doing}: the object was replaced meanwhile", evidence=evidence)
    if code in DAMAGED:
        return DamagedError(f"{doing}: it arrived damaged: {code}", evidence=evidence)
    if code in REFUSED or status in (401, 403):
        return RefusedError(f"{doing}: {REFUSED.get(code, REFUSED['403'])}", evidence=evidence)
    if code in FULL or status == 507:
        return DiskFullError(f"{doing}: the storage is full; free some space", evidence=evidence)
    if code in BUSY or status >= 500:
        return OutageError(f"{doing}: S3 is out or busy: {code}", evidence=evidence)
    return StorageError(f"{doing}: S3 refuses it: {code}", evidence=evidence)


def _status(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _evidence(error: boto.ClientError) -> str:
    request = error.response.get("ResponseMetadata", {}).get("RequestId", "")
    message = error.response.get("Error", {}).get("Message", "")
    return f"{error.operation_name} {_status(error)} {code_of(error)}: {message}\nrequest {request}"

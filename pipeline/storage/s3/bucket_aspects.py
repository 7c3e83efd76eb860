"""The kinds of settings that a bucket has, each read and written by operations of its own."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from pipeline.storage.s3.bucket_settings import Config
from pipeline.storage.s3.errors import code_of, explained
from pipeline.storage.s3.place import Place

UNKNOWN = frozenset(("NotImplemented", "MethodNotAllowed", "UnsupportedOperation", "501", "405"))
REFUSED = frozenset(("AccessDenied", "403", "AllAccessDisabled"))


class LackingError(Exception):
    """The endpoint has no such settings."""


class HiddenError(Exception):
    """These credentials may not see them."""


@dataclass(frozen=True)
class Aspect:
    """A kind of settings, by the client's operations, and what it means where an endpoint has none of it.

    `inside` names what of the answer is the configuration, if it is not all; `whole` the argument that takes
    it.
    """

    name: str
    read: str
    inside: str
    write: str
    whole: str
    lacking: str


CORS = Aspect(
    "cors",
    "get_bucket_cors",
    "",
    "put_bucket_cors",
    "CORSConfiguration",
    "players in browsers read it through the origin or a CDN, or as the server itself is set up",
)
LIFECYCLE = Aspect(
    "lifecycle",
    "get_bucket_lifecycle_configuration",
    "",
    "put_bucket_lifecycle_configuration",
    "LifecycleConfiguration",
    "unfinished uploads go by `telecine gc` alone",
)
VERSIONING = Aspect(
    "versioning",
    "get_bucket_versioning",
    "",
    "put_bucket_versioning",
    "VersioningConfiguration",
    "what is overwritten or deleted cannot be had back",
)
ENCRYPTION = Aspect(
    "encryption",
    "get_bucket_encryption",
    "ServerSideEncryptionConfiguration",
    "put_bucket_encryption",
    "ServerSideEncryptionConfiguration",
    "objects are encrypted as the server itself is set up, if at all",
)
PUBLIC_ACCESS = Aspect(
    "public access",
    "get_public_access_block",
    "PublicAccessBlockConfiguration",
    "put_public_access_block",
    "PublicAccessBlockConfiguration",
    "see that nobody but its users can read it by the server's own means",
)


def present(place: Place, aspect: Aspect) -> Config:
    """The configuration, empty where there is none. Raises LackingError, HiddenError, StorageError."""
    with explained(f"cannot read {aspect.name} of {place.bucket.name}"):
        try:
            answer = dict(getattr(place.client, aspect.read)(Bucket=place.bucket.name))
        except ClientError as error:
            code = code_of(error)
            if code in UNKNOWN:
                raise LackingError from error
            if code in REFUSED:
                raise HiddenError from error
            if code != "NoSuchBucket" and (code.startswith("NoSuch") or code.endswith("NotFoundError")):
                return {}
            raise
    answer.pop("ResponseMetadata", None)
    found: Config = answer.get(aspect.inside, {}) if aspect.inside else answer
    if not found and aspect is not VERSIONING:
        raise LackingError  # Some endpoints answer what they do not know with nothing.
    return found


def write(place: Place, aspect: Aspect, config: Config) -> None:
    """Raises StorageError."""
    whole, arguments = dict(config), dict[str, Any](Bucket=place.bucket.name)
    # AWS tells this beside the rules, and takes it apart from them.
    size = "TransitionDefaultMinimumObjectSize"
    if size in whole:
        arguments[size] = whole.pop(size)
    with explained(f"cannot set {aspect.name} of {place.bucket.name}"):
        getattr(place.client, aspect.write)(**arguments, **{aspect.whole: whole})

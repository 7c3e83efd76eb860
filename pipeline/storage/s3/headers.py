"""What is said of an object when it is stored: its type, caching, encryption and storage class."""

from typing import Any

from pipeline.storage.mediatypes import media_type
from pipeline.storage.published import cache_control
from pipeline.storage.s3.settings import KMS, S3Settings

SHA256 = "sha256"
"""The metadata key of the digest, in hex, of an object's bytes. Some endpoints change the case of keys."""

PUBLISHED = "titles/"

LARGE = ("artifacts/", PUBLISHED)
"""Folders whose media are given the storage class that is set; text there is small, and read more often."""

UNKNOWN = "application/octet-stream"


def describe(key: str, settings: S3Settings) -> dict[str, Any]:
    """Arguments of PutObject and CreateMultipartUpload; `key` is without the prefix of a bucket."""
    kind = media_type(key)
    said: dict[str, Any] = {"ContentType": kind.name.decode() if kind else UNKNOWN}
    if key.startswith(PUBLISHED):
        said["CacheControl"] = cache_control(key)
    if settings.storage_class and key.startswith(LARGE) and kind and not kind.compressible:
        said["StorageClass"] = settings.storage_class
    return said | encrypted(settings)


def encrypted(settings: S3Settings) -> dict[str, Any]:
    """The arguments that ask for encryption by the server."""
    if not settings.encryption:
        return {}
    if not settings.encryption.startswith(f"{KMS}:"):
        return {"ServerSideEncryption": settings.encryption}
    return {"ServerSideEncryption": KMS, "SSEKMSKeyId": settings.encryption.removeprefix(f"{KMS}:")}


def digest_in(metadata: dict[str, str]) -> str | None:
    """The SHA-256 that an object was stored with, in hex; None for one that others stored."""
    return next((value for name, value in metadata.items() if name.lower() == SHA256), None)

"""What is said of an object when it is stored: its type, caching, encryption and storage class."""

import gzip
from collections.abc import Mapping
from typing import Any

from pipeline.storage.mediatypes import media_type
from pipeline.storage.published import cache_control
from pipeline.storage.s3.settings import KMS, S3Settings

SHA256 = "sha256"
"""The metadata key of the digest, in hex, of an object's bytes as they are stored. Some endpoints change the
case of keys."""

PUBLISHED = "titles/"

LARGE = ("artifacts/", PUBLISHED)
"""Folders whose media are given the storage class that is set; text there is small, and read more often."""

GZIP = "gzip"

UNKNOWN = "application/octet-stream"


def describe(key: str, settings: S3Settings) -> dict[str, Any]:
    """Arguments of PutObject and CreateMultipartUpload; `key` is without the prefix of a bucket."""
    kind = media_type(key)
    said: dict[str, Any] = {"ContentType": kind.name.decode() if kind else UNKNOWN}
    if key.startswith(PUBLISHED):
        said["CacheControl"] = cache_control(key.removeprefix(PUBLISHED))
    if settings.storage_class and key.startswith(LARGE) and kind and not kind.compressible:
        said["StorageClass"] = settings.storage_class
    return said | encrypted(settings)


def is_text(key: str) -> bool:
    """Whether an object is stored as gzip: published text, which nobody compresses on its way to a player."""
    kind = media_type(key)
    return key.startswith(PUBLISHED) and kind is not None and kind.compressible


def encoded(key: str, body: bytes) -> tuple[bytes, dict[str, str]]:
    """The bytes to store for `body`, and what is said of them: for the same text always the same."""
    packed = gzip.compress(body, mtime=0) if is_text(key) else body
    return (packed, {"ContentEncoding": GZIP}) if len(packed) < len(body) else (body, {})


def is_encoded(said: Mapping[str, Any]) -> bool:
    """Whether an object that this was said of is gzip of its content. Some endpoints keep how the upload was
    framed among the codings."""
    return GZIP in {coding.strip() for coding in str(said.get("ContentEncoding", "")).lower().split(",")}


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

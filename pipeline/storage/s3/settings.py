"""What telecine asks of S3; endpoint, region and credentials come from AWS's standard chain."""

import os
from dataclasses import dataclass

from pipeline.errors import UsageError

KMS = "aws:kms"

SLOW_CLASSES = frozenset(("GLACIER", "DEEP_ARCHIVE"))
"""Storage classes whose objects cannot be read before they are restored."""


@dataclass(frozen=True)
class S3Settings:
    """`encryption` is what the server does with what it stores: empty (its default), AES256, aws:kms, or
    aws:kms: and the id of a key. `storage_class` is that of large objects, empty for the bucket's default.
    `timeout` is for how many seconds nothing may arrive before a request counts as lost.
    """

    encryption: str = ""
    storage_class: str = ""
    timeout: float = 20.0
    attempts: int = 5

    @classmethod
    def load(cls) -> "S3Settings":
        """From TELECINE_S3_SSE, TELECINE_S3_STORAGE_CLASS and TELECINE_S3_TIMEOUT. Raises UsageError."""
        return cls(
            encryption=_encryption(os.environ.get("TELECINE_S3_SSE", "")),
            storage_class=_storage_class(os.environ.get("TELECINE_S3_STORAGE_CLASS", "")),
            timeout=_timeout(os.environ.get("TELECINE_S3_TIMEOUT", "")),
        )


def _encryption(text: str) -> str:
    if text in ("", "AES256", KMS) or text.removeprefix(f"{KMS}:") not in ("", text):
        return text
    raise UsageError(f"TELECINE_S3_SSE is {text!r}: give AES256, {KMS} or {KMS}:KEY-ID")


def _storage_class(text: str) -> str:
    """Endpoints other than AWS have classes of their own, so names are not looked up."""
    if text in SLOW_CLASSES:
        raise UsageError(f"TELECINE_S3_STORAGE_CLASS is {text}: its objects cannot be read at once")
    return text


def _timeout(text: str) -> float:
    if not text:
        return S3Settings.timeout
    if not text.isdecimal() or not 1 <= int(text) <= 300:
        raise UsageError(f"TELECINE_S3_TIMEOUT is {text!r}: give whole seconds from 1 to 300")
    return float(text)

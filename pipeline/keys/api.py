"""API keys: who may have playback tokens made over HTTP."""

import hashlib
import hmac
import re
import secrets

from pipeline.catalog.catalog import Catalog
from pipeline.errors import UsageError

PREFIX = "telecine_"
KEY_BYTES = 32

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class ApiKeys:
    """A key is shown once, where it is made: 256 random bits, of which SHA-256 tells nothing."""

    def __init__(self, catalog: Catalog) -> None:
        self._keys = catalog.api_keys

    def add(self, name: str) -> str:
        """A new key. Raises UsageError for a name that is taken or none."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r}: use at most 64 lower-case letters, digits, hyphens, dots, underscores"
            )
        key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
        if not self._keys.add(name, _digest(key)):
            raise UsageError(
                f"{name!r}: there is an API key of that name; revoke it first, or choose another"
            )
        return key

    def holder(self, key: str) -> str | None:
        """The name of whoever has this key; None for one that is not, or no longer, any."""
        digest = _digest(key)
        found = self._keys.find(digest)
        return found.name if found and hmac.compare_digest(found.digest, digest) else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()

"""Master keys: what seals all other keys. They are in a file or the environment, never in the catalog."""

import base64
import binascii
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.errors import KeysError, UsageError
from pipeline.keys.private import create_private, read_private, replace_private
from pipeline.keys.secret import Secret

MASTER_BYTES = 32
NONCE_BYTES = 12
VARIABLE = "TELECINE_MASTER_KEY"


class MasterKey:
    """`id` names it without telling anything of it."""

    def __init__(self, value: bytes) -> None:
        if len(value) != MASTER_BYTES:
            raise UsageError(f"a master key has {MASTER_BYTES} bytes, in base64")
        self.value = Secret(value)
        self.id = hashlib.sha256(b"telecine master key id\0" + value).hexdigest()[:16]

    @classmethod
    def make(cls) -> "MasterKey":
        return cls(secrets.token_bytes(MASTER_BYTES))

    def seal(self, secret: Secret, context: bytes) -> bytes:
        """AES-256-GCM: the random nonce, then what only this key opens, and only in the same context."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.value.reveal()).encrypt(nonce, secret.reveal(), context)

    def open(self, sealed: bytes, context: bytes) -> Secret:
        """Raises KeysError where it was sealed by another key, in another context, or changed since."""
        try:
            return Secret(
                AESGCM(self.value.reveal()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
            )
        except (InvalidTag, ValueError):
            raise KeysError("a sealed key does not open: the catalog was changed by something else") from None


class MasterKeys:
    """All that are at hand, the newest last: more than one only while they change over.

    They are in `TELECINE_MASTER_KEY`, separated by spaces, or one a line in the file `keys/master.key` of the
    storage root.
    """

    def __init__(self, root: Path, environment: Mapping[str, str] = os.environ) -> None:
        self.file = root / "keys" / "master.key"
        self._given = environment.get(VARIABLE, "")

    @property
    def in_environment(self) -> bool:
        return bool(self._given)

    @property
    def place(self) -> str:
        """Where they are, for messages."""
        return VARIABLE if self._given else str(self.file)

    def read(self) -> tuple[MasterKey, ...]:
        """Empty where there are none. Raises UsageError where they cannot be used."""
        try:
            text = self._given or read_private(self.file, "the master key").decode("ascii", "replace")
        except FileNotFoundError:
            return ()
        keys = tuple(self._parsed(line) for line in text.split())
        if not keys:
            raise UsageError(
                f"{self.place} is empty: restore it, for what it sealed cannot be opened without"
            )
        return keys

    def create(self) -> tuple[MasterKey, ...]:
        """Make the first, unless another process was faster."""
        create_private(self.file, _text([MasterKey.make()]))
        return self.read()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else on this machine change them meanwhile: one of two new ones would be lost."""
        if self.in_environment:
            yield
            return
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, *keys: MasterKey) -> None:
        replace_private(self.file, _text(keys))

    def _parsed(self, text: str) -> MasterKey:
        try:
            value = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if len(value) != MASTER_BYTES:
            raise UsageError(
                f"{self.place} is damaged or no master key: {MASTER_BYTES} random bytes in base64, as of "
                f"`openssl rand -base64 {MASTER_BYTES}`"
            )
        return MasterKey(value)


def _text(keys: Iterable[MasterKey]) -> bytes:
    return b"".join(base64.b64encode(key.value.reveal()) + b"\n" for key in keys)

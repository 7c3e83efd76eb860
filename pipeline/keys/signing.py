"""The keys that sign playback tokens and links."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.signing import SigningKey
from pipeline.errors import KeysError
from pipeline.keys.keyring import Keyring
from pipeline.keys.secret import Secret

Algorithm = Literal["EdDSA", "HS256"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
"""Of playback tokens."""

Kind = Literal["EdDSA", "HS256", "link"]
"""How a key signs: a playback token by one of its algorithms, or a link (`pipeline.keys.links`)."""

_REPLACED: dict[Kind, tuple[Kind, ...]] = {"EdDSA": ALGORITHMS, "HS256": ALGORITHMS, "link": ("link",)}
"""Which keys end where one of a kind is changed."""

SIGNING_BYTES = 32
"""Of a seed of Ed25519 (RFC 8032), and of a key as long as its hash for HMAC-SHA-256 (RFC 7518, 3.2)."""


@dataclass(frozen=True)
class Signer:
    """A signing key, opened: `to_sign` and `to_verify` are as PyJWT takes them."""

    id: str
    algorithm: Kind
    to_sign: Ed25519PrivateKey | bytes = field(repr=False)
    to_verify: Ed25519PublicKey | bytes = field(repr=False)


class SigningKeys:
    """Made where they are needed first; kept sealed in the catalog."""

    def __init__(self, catalog: Catalog, keyring: Keyring) -> None:
        self._signing = catalog.signing
        self._keyring = keyring

    def newest(self, kind: Kind) -> Signer:
        """The one to sign with."""
        found = self._signing.newest(kind)
        if found is None:
            self._make(kind, None)
            found = self._signing.newest(kind)
        if found is None:
            raise KeysError("the key for tokens was replaced at once")
        return self._opened(found)

    def get(self, key: str) -> Signer | None:
        """The one of that id, None where there is none or what it signed is no longer taken."""
        found = self._signing.get(key)
        return self._opened(found) if found else None

    def taken(self, kind: Kind) -> list[Signer]:
        """All of which what they signed is still taken."""
        return [self._opened(key) for key in self._signing.taken(kind)]

    def rotate(self, kind: Kind, overlap: float) -> None:
        """Sign with a new key from now on. What older ones signed is taken for `overlap` seconds more."""
        self._make(kind, overlap)

    def _make(self, kind: Kind, overlap: float | None) -> None:
        secret = Secret(secrets.token_bytes(SIGNING_BYTES))
        key = SigningKey(secrets.token_hex(8), kind, master="", sealed=b"")
        self._keyring.store(
            lambda master: self._signing.add(
                replace(key, master=master.id, sealed=master.seal(secret, key.context)),
                overlap,
                _REPLACED[kind],
            )
        )

    def _opened(self, key: SigningKey) -> Signer:
        secret = self._keyring.open(key).reveal()
        if key.algorithm == "EdDSA":
            private = Ed25519PrivateKey.from_private_bytes(secret)
            return Signer(key.id, "EdDSA", private, private.public_key())
        return Signer(key.id, cast("Kind", key.algorithm), secret, secret)

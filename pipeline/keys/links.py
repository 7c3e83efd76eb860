"""Links: tokens in a URL that say what of which title may be read, until when and from where.

A token is base64url (RFC 4648, 5) of the id of the key that signed it, what it allows as MessagePack, and
half of an HMAC-SHA-256 over both (RFC 2104, 5). The id stands at a fixed place, so that nothing of what a
client made up is read before the code over it was found right.
"""

import base64
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import VersionRecord
from pipeline.errors import KeysError
from pipeline.keys.networks import Network, packed, parse_address, unpacked
from pipeline.keys.signing import Signer, SigningKeys

TTL = 6 * 3600
"""Seconds: every segment is asked for by the link, so it must outlast a film and its pauses."""

LONGEST = 24 * 3600
"""Seconds."""

LARGEST = 512
"""Characters: none that was made for a title is longer."""

Reason = Literal["no_token", "bad_token", "expired", "wrong_client", "not_allowed"]

_ID_BYTES = 8
_MAC_BYTES = 16
_CONTEXT = b"telecine link 1\0"


class LinkError(KeysError):
    """A link is not to be taken. Whether what it was used for exists is not told."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the link is refused: {reason}")
        self.reason: Reason = reason


class _Body(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    expires: int
    title: str
    version: str
    network: bytes


@dataclass(frozen=True, slots=True)
class Grant:
    """What a link allows: any version of `title`, or the one, until `expires` (seconds since the epoch), for
    anybody or for addresses of a network. `key` is the id of the key that signed it."""

    key: bytes
    title: str
    version: str
    expires: int
    network: Network | None

    @property
    def folder(self) -> str:
        """Below the folder of titles; ends with a slash."""
        return f"{self.title}/v/{self.version}/" if self.version else f"{self.title}/"

    def check(self, path: str, client: str, now: float) -> None:
        """Raises LinkError where it does not let `client` read `path`, relative to the folder of titles."""
        if now >= self.expires:
            raise LinkError("expired")
        if self.network and not _is_in(client, self.network):
            raise LinkError("wrong_client")
        if not path.startswith(self.folder) or ".." in path:
            raise LinkError("not_allowed")


class Links:
    """Makes links to titles of a catalog."""

    def __init__(self, catalog: Catalog, signing: SigningKeys) -> None:
        self._titles = catalog.titles
        self._signing = signing

    def shown(self, title: str, version: str = "") -> VersionRecord | None:
        """The version that a link to a title, or to one version of it, leads to at present."""
        for found in self._titles.versions(title):
            if found.version == version if version else found.current:
                return found
        return None

    def mint(
        self,
        title: str,
        version: str = "",
        network: Network | None = None,
        seconds: int = TTL,
        now: float | None = None,
    ) -> str:
        """A token that lasts from now on. Raises ValueError where that would be too long."""
        if not 0 < seconds <= LONGEST:
            raise ValueError(f"a link lasts between 1 s and {LONGEST} s")
        expires = int(time.time() if now is None else now) + seconds
        body = msgspec.msgpack.encode(_Body(expires, title, version, packed(network)))
        key = self._signing.newest("link")
        signed = bytes.fromhex(key.id) + body
        return _text(signed + _mac(_secret(key), signed))

    def keys(self) -> dict[bytes, bytes]:
        """What to read links with: keys by id."""
        return {bytes.fromhex(key.id): _secret(key) for key in self._signing.taken("link")}

    def rotate(self, overlap: float = LONGEST) -> None:
        """Sign with a new key from now on. What older ones signed is taken for `overlap` seconds more."""
        self._signing.rotate("link", overlap)


def read(token: str, keys: Mapping[bytes, bytes]) -> Grant:
    """What a token allows that one of `keys` signed. Raises LinkError, with one reason for all others."""
    whole = _bytes(token)
    signed, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    key = signed[:_ID_BYTES]
    if key not in keys or not hmac.compare_digest(mac, _mac(keys[key], signed)):
        raise LinkError("bad_token")
    body = msgspec.msgpack.decode(signed[_ID_BYTES:], type=_Body)
    return Grant(key, body.title, body.version, body.expires, unpacked(body.network))


def _is_in(client: str, network: Network) -> bool:
    address = parse_address(client)
    return address is not None and address in network


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, _CONTEXT + signed, "sha256")[:_MAC_BYTES]


def _secret(key: Signer) -> bytes:
    if not isinstance(key.to_sign, bytes):
        raise TypeError(f"the key {key.id} is not one of links")
    return key.to_sign


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(token: str) -> bytes:
    """Raises LinkError where it is not how `_text` writes anything: one token has one spelling."""
    if len(token) > LARGEST:
        raise LinkError("bad_token")
    try:
        value = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise LinkError("bad_token") from None
    if len(value) < _ID_BYTES + _MAC_BYTES or _text(value) != token:
        raise LinkError("bad_token")
    return value

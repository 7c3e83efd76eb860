"""Playback tokens: JWTs (RFC 7519) that say which keys of which title may be had, and until when."""

import os
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jwt
import msgspec

from pipeline.errors import KeysError, UsageError
from pipeline.keys.classes import KEY_CLASSES, KeyClass
from pipeline.keys.signing import ALGORITHMS, Algorithm, SigningKeys

AUDIENCE = "telecine"
LEEWAY = 10
"""Seconds by which clocks may differ."""

LONGEST = 24 * 3600
"""Seconds that a token may last: longer than any film, and shorter than anybody passes one on."""

LARGEST = 4096
"""Characters."""

Reason = Literal["no_token", "bad_token", "expired", "not_yet_valid", "wrong_audience"]


_KEY_ID = re.compile(r"[0-9a-f]{16}")


class TokenError(KeysError):
    """A token is not to be taken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the playback token is refused: {reason}")
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token allows; `id` is its `jti`, which logs may show."""

    id: str
    title: str
    classes: frozenset[KeyClass]
    expires: int


class Tokens:
    """Makes tokens for `audience` and reads those for it, signed by `algorithm` alone."""

    def __init__(
        self, signing: SigningKeys, algorithm: Algorithm = "EdDSA", audience: str = AUDIENCE
    ) -> None:
        self._signing = signing
        self._algorithm = algorithm
        self._audience = audience

    @classmethod
    def of(cls, signing: SigningKeys, environment: Mapping[str, str] = os.environ) -> "Tokens":
        """`TELECINE_TOKEN_ALGORITHM` is EdDSA or HS256, `TELECINE_TOKEN_AUDIENCE` whom tokens are for: of
        two sites that must not take each other's, each has its own. Raises UsageError for a wrong one."""
        name = environment.get("TELECINE_TOKEN_ALGORITHM") or "EdDSA"
        algorithm = next((one for one in ALGORITHMS if one == name), None)
        if algorithm is None:
            raise UsageError(f"TELECINE_TOKEN_ALGORITHM is {name!r}: give one of {', '.join(ALGORITHMS)}")
        return cls(signing, algorithm, environment.get("TELECINE_TOKEN_AUDIENCE") or AUDIENCE)

    @property
    def algorithm(self) -> Algorithm:
        return self._algorithm

    def mint(
        self,
        title: str,
        classes: Sequence[KeyClass] = KEY_CLASSES,
        seconds: int = 3600,
        now: float | None = None,
    ) -> str:
        """A token that begins now. Raises ValueError where it would last too long."""
        if not 0 < seconds <= LONGEST:
            raise ValueError(f"a playback token lasts between 1 s and {LONGEST} s")
        issued = int(time.time() if now is None else now)
        claims = {
            "title": title,
            "classes": list(classes),
            "aud": self._audience,
            "iat": issued,
            "exp": issued + seconds,
            "jti": secrets.token_hex(8),
        }
        key = self._signing.newest(self._algorithm)
        return jwt.encode(claims, key.to_sign, self._algorithm, headers={"kid": key.id})

    def read(self, token: str) -> Claims:
        """What a token allows. Raises TokenError with the reason where it is none of ours, or not now."""
        if not token:
            raise TokenError("no_token")
        claims, reason = self._decoded(token)
        if reason:
            # Raised where the library's error is not at hand, whose frames hold the token.
            raise TokenError(reason)
        return _claims(claims)

    def _decoded(self, token: str) -> tuple[Mapping[str, Any], Reason | None]:
        try:
            key = self._signing.get(self._named(token))
            if key is None or key.algorithm != self._algorithm:
                return {}, "bad_token"
            options: Any = {"require": ["exp", "iat", "aud", "jti", "title", "classes"], "strict_aud": True}
            # The algorithm is that of the key, whatever the token says.
            return jwt.decode(
                token,
                key.to_verify,
                [key.algorithm],
                options=options,
                audience=self._audience,
                leeway=LEEWAY,
            ), None
        except jwt.ExpiredSignatureError:
            return {}, "expired"
        except jwt.ImmatureSignatureError:
            return {}, "not_yet_valid"
        except jwt.InvalidAudienceError:
            return {}, "wrong_audience"
        except jwt.InvalidTokenError:
            return {}, "bad_token"

    @staticmethod
    def _named(token: str) -> str:
        if len(token) > LARGEST:
            raise jwt.InvalidTokenError
        kid = jwt.get_unverified_header(token).get("kid")
        # Whatever else somebody made up is not for the database, which may not even take it as text.
        return kid if isinstance(kid, str) and _KEY_ID.fullmatch(kid) else ""


class _Body(msgspec.Struct):
    jti: str
    title: str
    classes: list[str]
    exp: int
    iat: int


def _claims(claims: Mapping[str, Any]) -> Claims:
    try:
        body = msgspec.convert(claims, _Body)
    except msgspec.ValidationError:
        raise TokenError("bad_token") from None
    if body.exp - body.iat > LONGEST:
        raise TokenError("bad_token")
    classes = frozenset(one for one in KEY_CLASSES if one in body.classes)
    return Claims(body.jti, body.title, classes, body.exp)

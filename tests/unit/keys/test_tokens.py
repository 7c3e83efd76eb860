"""Playback tokens: what we made, unchanged, in its time, and nothing else."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.keys.opening import KeyStore
from pipeline.keys.signing import ALGORITHMS, Algorithm
from pipeline.keys.tokens import LONGEST, TokenError, Tokens


@pytest.fixture(params=ALGORITHMS)
def tokens(request: pytest.FixtureRequest, store: KeyStore) -> Tokens:
    return Tokens(store.signing, request.param)


def refused(tokens: Tokens, token: str) -> str:
    with pytest.raises(TokenError) as caught:
        tokens.read(token)
    assert token[:20] not in str(caught.value) or not token
    return caught.value.reason


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, claims, signature = token.split(".")
    return *(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)), signature


def joined(header: object, claims: object, signature: str) -> str:
    texts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)
    )
    return ".".join((*texts, signature))


def test_what_it_says(tokens: Tokens) -> None:
    token = tokens.mint("film", ["audio", "sd"], 60)
    claims = tokens.read(token)
    assert (claims.title, claims.classes) == ("film", {"audio", "sd"})
    header, body, _ = parts(token)
    assert (header["alg"], header["typ"]) == (tokens.algorithm, "JWT")
    assert body == {
        "title": "film",
        "classes": ["audio", "sd"],
        "aud": "telecine",
        "iat": body["iat"],
        "exp": body["iat"] + 60,
        "jti": claims.id,
    }
    assert tokens.read(tokens.mint("film")).id != claims.id


def test_its_time(tokens: Tokens) -> None:
    now = time.time()
    assert refused(tokens, tokens.mint("film", seconds=60, now=now - 100)) == "expired"
    assert tokens.read(tokens.mint("film", seconds=60, now=now - 63)).title == "film"
    assert refused(tokens, tokens.mint("film", now=now + 100)) == "not_yet_valid"
    assert tokens.read(tokens.mint("film", now=now + 5)).title == "film"
    for seconds in (0, -1, LONGEST + 1):
        with pytest.raises(ValueError, match="lasts between 1 s and 86400 s"):
            tokens.mint("film", seconds=seconds)


def test_its_audience(tokens: Tokens, store: KeyStore) -> None:
    elsewhere = Tokens(store.signing, tokens.algorithm, audience="another-site")
    assert refused(tokens, elsewhere.mint("film")) == "wrong_audience"


TAMPERED: list[Callable[[dict[str, Any], dict[str, Any], str], str]] = [
    lambda header, claims, signature: joined(header, claims | {"title": "sequel"}, signature),
    lambda header, claims, signature: joined(header, claims | {"classes": ["uhd"]}, signature),
    lambda header, claims, signature: joined(header, claims | {"exp": claims["exp"] + 1000}, signature),
    lambda header, claims, _: joined(header | {"alg": "none"}, claims, ""),
    lambda header, claims, signature: joined(header | {"alg": "none"}, claims, signature),
    lambda header, claims, _: joined(header | {"alg": "NONE"}, claims, ""),
    lambda header, claims, signature: joined(header | {"alg": "HS512"}, claims, signature),
    lambda header, claims, signature: joined(header | {"kid": "another"}, claims, signature),
    lambda header, claims, signature: joined(header | {"kid": "\0"}, claims, signature),
    lambda header, claims, signature: joined(header | {"kid": 7}, claims, signature),
    lambda header, claims, signature: joined({"alg": header["alg"]}, claims, signature),
    lambda header, claims, signature: joined(header | {"crit": ["exp"]}, claims, signature),
    lambda header, claims, signature: joined(header, claims, signature)[:-1],
    lambda header, claims, signature: joined(header, claims, signature[:-10]),
    lambda header, claims, _: joined(header, claims, ""),
    lambda header, claims, _: joined(header, claims, "").rstrip("."),
    lambda header, claims, signature: joined(header, claims, signature) + ".x",
    lambda *_: "a.b.c",
    lambda *_: "...",
    lambda *_: "\x00",
    lambda *_: "x" * 5000,
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_a_token_that_was_changed(tokens: Tokens, tamper: Callable[..., str]) -> None:
    assert refused(tokens, tamper(*parts(tokens.mint("film")))) == "bad_token"


def test_no_token(tokens: Tokens) -> None:
    assert refused(tokens, "") == "no_token"


@given(st.text(max_size=200))
def test_anything_at_all(text: str) -> None:
    class NoKeys:
        def get(self, key: str) -> None:
            return None

    with pytest.raises(TokenError):
        Tokens(NoKeys()).read(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["title", "classes", "aud", "exp", "iat", "jti"])
def test_a_claim_that_is_missing(tokens: Tokens, store: KeyStore, missing: str) -> None:
    key = store.signing.newest(tokens.algorithm)
    _, claims, _ = parts(tokens.mint("film"))
    del claims[missing]
    token = jwt.encode(claims, key.to_sign, tokens.algorithm, headers={"kid": key.id})
    assert refused(tokens, token) in ("bad_token", "wrong_audience")


@pytest.mark.parametrize(
    "change", [{"classes": "hd"}, {"title": 1}, {"jti": 1}, {"exp": 1 << 40}, {"aud": ["telecine", "x"]}]
)
def test_a_claim_of_another_kind(tokens: Tokens, store: KeyStore, change: dict[str, object]) -> None:
    key = store.signing.newest(tokens.algorithm)
    _, claims, _ = parts(tokens.mint("film"))
    token = jwt.encode(claims | change, key.to_sign, tokens.algorithm, headers={"kid": key.id})
    assert refused(tokens, token) in ("bad_token", "wrong_audience")


def test_the_public_key_is_no_secret_to_sign_with(store: KeyStore) -> None:
    """RFC 8725, 2.1: an attacker who has the public key signs with it as if it were an HMAC secret."""
    tokens = Tokens(store.signing, "EdDSA")
    header, claims, _ = parts(tokens.mint("film"))
    public = store.signing.newest("EdDSA").to_verify
    assert not isinstance(public, bytes)
    encodings = [
        (serialization.Encoding.Raw, serialization.PublicFormat.Raw),
        (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    ]
    for encoding, form in encodings:
        unsigned = joined(header | {"alg": "HS256"}, claims, "").rstrip(".")
        mac = hmac.digest(public.public_bytes(encoding, form), unsigned.encode(), hashlib.sha256)
        forged = f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        assert refused(tokens, forged) == "bad_token"


@pytest.mark.parametrize(("signed", "taken"), [("EdDSA", "HS256"), ("HS256", "EdDSA")])
def test_the_algorithm_is_the_one_that_was_set(store: KeyStore, signed: Algorithm, taken: Algorithm) -> None:
    assert refused(Tokens(store.signing, taken), Tokens(store.signing, signed).mint("film")) == "bad_token"


def test_several_keys_are_taken_while_they_change_over(tokens: Tokens, store: KeyStore) -> None:
    old = tokens.mint("film")
    store.signing.rotate(tokens.algorithm, LONGEST)
    new = tokens.mint("film")
    assert parts(old)[0]["kid"] != parts(new)[0]["kid"]
    assert tokens.read(old).title == tokens.read(new).title == "film"
    store.signing.rotate(tokens.algorithm, 0)
    assert refused(tokens, old) == refused(tokens, new) == "bad_token"
    assert tokens.read(tokens.mint("film")).title == "film"


def test_settings(store: KeyStore) -> None:
    assert Tokens.of(store.signing, {}).algorithm == "EdDSA"
    other = Tokens.of(store.signing, {"TELECINE_TOKEN_ALGORITHM": "HS256", "TELECINE_TOKEN_AUDIENCE": "shop"})
    assert other.algorithm == "HS256"
    assert parts(other.mint("film"))[1]["aud"] == "shop"
    with pytest.raises(UsageError, match="TELECINE_TOKEN_ALGORITHM is 'none': give one of EdDSA, HS256"):
        Tokens.of(store.signing, {"TELECINE_TOKEN_ALGORITHM": "none"})


def test_api_keys(store: KeyStore) -> None:
    key = store.api_keys.add("shop")
    assert key.startswith("telecine_")
    assert store.api_keys.holder(key) == "shop"
    for other in ("", key[:-1], key + "x", "telecine_", "\udc80"):
        assert store.api_keys.holder(other) is None
    with pytest.raises(UsageError, match="there is an API key of that name"):
        store.api_keys.add("shop")
    with pytest.raises(UsageError, match="use at most 64 lower-case letters"):
        store.api_keys.add("Shop!")

"""Licences: what a token allows is given, what it does not is refused with a reason; all is recorded."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import OutageError, UsageError
from pipeline.keys.tokens import Tokens
from pipeline.origin.app import create_app
from pipeline.origin.license_settings import LicenseSettings
from pipeline.origin.licenses import Licensing
from tests.support.catalogs import empty_catalog
from tests.unit.keys.spelling import spellings
from tests.unit.origin.licensing import CLASSES, Licensed, base64url

UNKNOWN = b"\x0a" * 16


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Licensed]:
    catalog = empty_catalog(tmp_path)
    yield Licensed.at(tmp_path, catalog)
    catalog.close()


@pytest.fixture
def token(origin: Licensed) -> str:
    return origin.store.tokens.mint("film", ["audio", "sd"])


@pytest.fixture
def audited(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "telecine.audit")
    return caplog


def lines(audited: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    messages = [record.getMessage() for record in audited.records if record.name == "telecine.audit"]
    assert not [message for message in messages if "\n" in message]
    return [json.loads(message) for message in messages]


def test_a_clearkey_licence(origin: Licensed, token: str) -> None:
    audio, sd = origin.key("audio"), origin.key("sd")
    answer = origin.clearkey(token, audio.kid, sd.kid)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "keys": [
            {"kty": "oct", "kid": base64url(one.kid), "k": base64url(one.key.reveal())} for one in (audio, sd)
        ],
        "type": "temporary",
    }


def test_a_key_of_hls(origin: Licensed, token: str) -> None:
    sd = origin.key("sd")
    for path in (f"/keys/{sd.kid.hex()}", f"/keys/{sd.uuid}"):
        answer = origin.ask("GET", path, token)
        assert (answer.status_code, answer.content) == (200, sd.key.reveal())
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == "no-store"
    assert origin.ask("GET", f"/keys/{sd.kid.hex()}?token={token}").content == sd.key.reveal()


def test_what_the_token_does_not_allow_is_left_out(
    origin: Licensed, token: str, audited: pytest.LogCaptureFixture
) -> None:
    sd, hd = origin.key("sd"), origin.key("hd")
    keys = origin.clearkey(token, sd.kid, hd.kid, UNKNOWN).json()["keys"]
    assert [key["kid"] for key in keys] == [base64url(sd.kid)]
    assert [(line["decision"], line.get("reason"), line["kids"]) for line in lines(audited)] == [
        ("granted", None, [sd.kid.hex()]),
        ("refused", "class_not_allowed", [hd.kid.hex()]),
        ("refused", "unknown_key", [UNKNOWN.hex()]),
    ]


def test_another_titles_keys_are_as_unknown_as_none(
    origin: Licensed, token: str, audited: pytest.LogCaptureFixture
) -> None:
    foreign = origin.key("sd", "sequel").kid
    answers = [
        origin.ask("GET", f"/keys/{kid}", token) for kid in (foreign.hex(), UNKNOWN.hex(), "x", "a" * 999)
    ]
    answers += [origin.clearkey(token, kid) for kid in (foreign, UNKNOWN)]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (403, b'{"reason":"unknown_key"}')
    }
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert {line["reason"] for line in lines(audited)} == {"unknown_key"}


def test_a_class_that_is_not_allowed(origin: Licensed, token: str) -> None:
    answer = origin.clearkey(token, origin.key("hd").kid)
    assert (answer.status_code, answer.json()) == (403, {"reason": "class_not_allowed"})


@pytest.mark.parametrize("kind", ["clearkey", "hls"])
def test_tokens_that_are_refused(origin: Licensed, kind: str, audited: pytest.LogCaptureFixture) -> None:
    tokens, kid = origin.store.tokens, origin.key("sd").kid
    elsewhere = Tokens(origin.store.signing, audience="elsewhere")
    refusals = {
        "": (401, "no_token"),
        "nonsense": (401, "bad_token"),
        tokens.mint("film")[:-4]: (401, "bad_token"),
        tokens.mint("film", now=1e9): (401, "expired"),
        tokens.mint("film", now=1e10): (401, "not_yet_valid"),
        elsewhere.mint("film"): (403, "wrong_audience"),
    }
    for token, (status, reason) in refusals.items():
        if kind == "clearkey":
            answer = origin.clearkey(token, kid)
        else:
            answer = origin.ask("GET", f"/keys/{kid.hex()}?token={token}")
        assert (answer.status_code, answer.json()) == (status, {"reason": reason})
        assert ("www-authenticate" in answer.headers) == (status == 401)
    assert [line["reason"] for line in lines(audited)] == [reason for _, reason in refusals.values()]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"kids": []}',
        b'{"kids": ["AA"]}',
        b'{"kids": [1]}',
        b'{"kids": ["\xff"]}',
        json.dumps({"kids": [base64url(UNKNOWN)] * 65}).encode(),
    ],
)
def test_what_is_no_licence_request(origin: Licensed, token: str, body: bytes) -> None:
    answer = origin.ask("POST", "/license/clearkey", token, body=body)
    assert (answer.status_code, answer.json()) == (400, {"reason": "bad_request"})


def test_a_request_that_is_too_large(origin: Licensed, token: str) -> None:
    answer = origin.ask("POST", "/license/clearkey", token, body=b" " * 16_385)
    assert (answer.status_code, answer.json()) == (413, {"reason": "too_large"})


def test_paths_and_methods_that_are_not_there(origin: Licensed, token: str) -> None:
    assert origin.ask("GET", "/license/clearkey", token).status_code == 405
    assert origin.ask("GET", "/license/other", token).json() == {"reason": "not_found"}
    assert origin.ask("GET", "/keys/", token).status_code == 404
    assert origin.ask("GET", "/keys/master.key", token).json() == {"reason": "unknown_key"}


def test_too_many_requests_of_one_address(origin: Licensed, token: str) -> None:
    app, kid = origin.app(LicenseSettings(rate="3/minute")), origin.key("sd").kid
    answers = [origin.clearkey(token, kid, app=app) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json() == {"reason": "too_many_requests"}
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert origin.ask("POST", "/api/tokens", "guess", app).status_code == 429


def test_other_sites_may_ask_where_they_are_named(origin: Licensed, token: str) -> None:
    app, kid = origin.app(LicenseSettings(origins=("https://player.example",))), origin.key("sd").kid

    def allowed(site: str) -> str | None:
        return origin.clearkey(token, kid, app=app, origin=site).headers.get("access-control-allow-origin")

    assert allowed("https://player.example") == "https://player.example"
    assert allowed("https://evil.example") is None
    wanted = {"origin": "https://player.example", "access_control_request_method": "POST"}
    asked = origin.ask(
        "OPTIONS", "/license/clearkey", app=app, access_control_request_headers="authorization", **wanted
    )
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "https://player.example"
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    assert (
        "access-control-allow-origin"
        not in origin.clearkey(token, kid, origin="https://player.example").headers
    )
    refused = origin.clearkey("", kid, app=app, origin="https://player.example")
    assert refused.headers["access-control-allow-origin"] == "https://player.example"


def test_while_the_catalog_is_out_or_not_there(
    origin: Licensed, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    def out() -> None:
        raise OutageError("postgresql://host is out of reach")

    for look, told in ((out, ["no licence: postgresql://host is out of reach"]), (lambda: None, [])):
        caplog.clear()
        app = create_app(origin.root, list, licensing=Licensing(look))  # type: ignore[arg-type]
        answer = origin.clearkey(token, UNKNOWN, app=app)
        assert (answer.status_code, answer.json()) == (503, {"reason": "unavailable"})
        assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == told


def test_an_origin_without_licences_has_none_of_it(origin: Licensed) -> None:
    app = create_app(origin.root, list)
    assert (
        origin.ask("GET", f"/keys/{UNKNOWN.hex()}", app=app).headers["content-type"].startswith("text/html")
    )


def test_tokens_for_whoever_has_an_api_key(origin: Licensed, audited: pytest.LogCaptureFixture) -> None:
    key = origin.store.api_keys.add("shop")
    body = b'{"title": "film", "classes": ["audio", "hd"], "ttl": 60}'
    answer = origin.ask("POST", "/api/tokens", key, body=body)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.json()["expires_in"] == 60
    claims = origin.store.tokens.read(answer.json()["token"])
    assert (claims.title, claims.classes) == ("film", {"audio", "hd"})
    assert origin.clearkey(answer.json()["token"], origin.key("hd").kid).status_code == 200
    (line, _) = lines(audited)
    assert (line["event"], line["decision"], line["holder"], line["title"]) == (
        "token",
        "granted",
        "shop",
        "film",
    )
    origin.catalog.api_keys.revoke("shop")
    assert origin.ask("POST", "/api/tokens", key, body=body).json() == {"reason": "bad_api_key"}


def test_nobody_else_gets_tokens(origin: Licensed, token: str) -> None:
    for key, reason in (("", "no_api_key"), ("telecine_guess", "bad_api_key"), (token, "bad_api_key")):
        answer = origin.ask("POST", "/api/tokens", key, body=b'{"title": "film"}')
        assert (answer.status_code, answer.json()) == (401, {"reason": reason})


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{}", 400, "bad_request"),
        (b'{"title": "film", "ttl": 0}', 400, "bad_request"),
        (b'{"title": "film", "ttl": 86401}', 400, "bad_request"),
        (b'{"title": "film", "classes": []}', 400, "bad_request"),
        (b'{"title": "film", "classes": ["8k"]}', 400, "bad_request"),
        (b'{"title": "film", "audience": "x"}', 400, "bad_request"),
        (b'{"title": "film\\u0000"}', 400, "bad_request"),
        (b'{"title": "other"}', 404, "unknown_title"),
    ],
)
def test_tokens_that_are_not_made(origin: Licensed, body: bytes, status: int, reason: str) -> None:
    answer = origin.ask("POST", "/api/tokens", origin.store.api_keys.add("shop"), body=body)
    assert (answer.status_code, answer.json()) == (status, {"reason": reason})


def test_neither_keys_nor_tokens_are_logged(
    origin: Licensed, token: str, audited: pytest.LogCaptureFixture
) -> None:
    api_key = origin.store.api_keys.add("shop")
    kids = [origin.key(one).kid for one in CLASSES]
    origin.clearkey(token, *kids)
    for kid in kids:
        origin.ask("GET", f"/keys/{kid.hex()}?token={token}")
        origin.ask("GET", f"/keys/{kid.hex()}?token={token[:-1]}")
    minted = origin.ask("POST", "/api/tokens", api_key, body=b'{"title": "film"}').json()["token"]
    ours = [record for record in audited.records if record.name != "httpx"]  # which asks here
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert len(lines(audited)) >= 8
    hidden = [one for key in CLASSES for one in spellings(origin.key(key).key.reveal())]
    hidden += [part.encode() for whole in (token, minted) for part in whole.split(".")[1:]]
    assert not [one for one in [*hidden, api_key.encode()] if one.decode("latin-1") in logged]


def test_settings() -> None:
    assert LicenseSettings.load({}) == LicenseSettings((), "120/minute")
    named = {"TELECINE_LICENSE_ORIGINS": "https://a.example, http://localhost:8000"}
    assert LicenseSettings.load(named).origins == ("https://a.example", "http://localhost:8000")
    for wrong in ("a.example", "https://a.example/"):
        with pytest.raises(UsageError, match=r"is no origin such as https://example.com"):
            LicenseSettings.load({"TELECINE_LICENSE_ORIGINS": wrong})
    with pytest.raises(UsageError, match="TELECINE_LICENSE_RATE is 'often': write it as 120/minute"):
        LicenseSettings.load({"TELECINE_LICENSE_RATE": "often"})

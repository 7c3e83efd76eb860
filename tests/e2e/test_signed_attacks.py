"""Forged, changed and misused links on a running origin: none is let in. `pytest -s` shows figures."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import jwt
import msgspec
import pytest
from attacked import MANIFEST, SEGMENT, Attacked, attacked, made
from traversal import ways_out

from pipeline.keys.networks import parse_network
from pipeline.keys.opening import open_keys
from tests.support.catalogs import empty_catalog
from tests.support.rawhttp import Reply, get

SEGMENT_PATH = b"v/7f3a/video/avc-720/seg-00001.m4s"
MEDIA = b"/titles/bird/" + SEGMENT_PATH
STABLE = b"/titles/bird/master.m3u8"
OTHER = b"/titles/wren/master.m3u8"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    root = tmp_path_factory.mktemp("signed")
    with (
        closing(made(root)) as catalog,
        attacked(root, catalog, ACCESS="signed", ACCESS_ORIGINS="https://player.example") as origin,
    ):
        yield origin


def mint(origin: Attacked, title: str = "bird", version: str = "", network: str = "", age: int = 0) -> bytes:
    clients = parse_network(network) if network else None
    return origin.store.links.mint(title, version, clients, 60, time.time() - age).encode()


def reason(reply: Reply) -> str:
    assert reply.status == 403, bytes(reply)
    told: str = msgspec.json.decode(reply.body)["reason"]
    return told


def both_ways(origin: Attacked, kind: str, token: bytes, path: bytes = STABLE) -> set[str]:
    """Why the token is refused in the address and as a cookie."""
    by_prefix = origin.get(kind, b"/s/" + token + path)
    by_cookie = origin.get(kind, path, b"Cookie: telecine-link=" + token)
    return {reason(by_prefix), reason(by_cookie)}


def test_a_link_that_is_right_is_let_in(origin: Attacked) -> None:
    token = mint(origin)
    assert origin.get("good links", b"/s/" + token + STABLE).body == MANIFEST
    assert origin.get("good links", MEDIA, b"Cookie: telecine-link=" + token).body == SEGMENT


def text(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def test_a_link_that_was_changed(origin: Attacked) -> None:
    token = mint(origin, version="7f3a", network="127.0.0.0/8")
    whole = base64.urlsafe_b64decode(token + b"=" * (-len(token) % 4))
    for place in range(len(whole)):
        for mask in (0x01, 0x80):
            changed = whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1 :]
            assert both_ways(origin, "changed links", text(changed), MEDIA) == {"bad_token"}
    for length in range(1, len(token)):
        assert both_ways(origin, "shortened links", token[:length], MEDIA) == {"bad_token"}


def test_a_link_that_somebody_made(origin: Attacked) -> None:
    (key,) = origin.store.links.keys()
    body = msgspec.msgpack.encode([int(time.time()) + 60, "bird", "", b""])
    playback = origin.store.tokens.mint("bird").encode()
    macs = [
        hmac.digest(secret, context + key + body, algorithm)[:length]
        for secret in (b"", key, b"\0" * 32, b"telecine", hashlib.sha256(key).digest())
        for context in (b"", b"telecine link 1\0")
        for algorithm in ("sha256", "sha1", "md5")
        for length in (0, 1, 8, 15, 16, 20, 32)
    ]
    forged = [text(key + body + mac) for mac in macs]
    forged += [
        text(body),
        text(key + body),
        text(hashlib.sha256(key + body).digest()[:16]),
        text(b"\0" * 8 + body + b"\0" * 16),
        text(key + body + b"\0" * 16),
        playback,
        jwt.encode({"title": "bird"}, None, "none").encode(),
        b"none",
        b"null",
        b"undefined",
        b"AAAA",
        b"-",
        b"A" * 400,
        b"A" * 4000,
    ]
    reasons = {reason(origin.get("forged links", b"/s/" + token + STABLE)) for token in forged}
    cookies = {
        reason(origin.get("forged links", STABLE, b"Cookie: telecine-link=" + token)) for token in forged
    }
    # A playback token has dots, with which it is no cookie of ours at all.
    assert (reasons, cookies) == ({"bad_token"}, {"bad_token", "no_token"})


def test_a_link_of_another_site(origin: Attacked, tmp_path: Path) -> None:
    with closing(empty_catalog(tmp_path)) as catalog:
        token = open_keys(catalog, tmp_path).links.mint("bird").encode()
    assert both_ways(origin, "links of another site", token) == {"bad_token"}


def test_a_link_used_for_what_it_is_not_for(origin: Attacked) -> None:
    kind = "replayed links"
    title, version = mint(origin), mint(origin, version="7f3a")
    for path in (
        OTHER,
        b"/titles/wren/" + SEGMENT_PATH,
        b"/titles/none/x",
        b"/titles/bir/x",
        b"/titles/birds/x",
    ):
        assert both_ways(origin, kind, title, path) == {"not_allowed"}
    for path in (
        STABLE,
        b"/titles/bird/v/7f3b/x.m4s",
        b"/titles/bird/v/7f3/x.m4s",
        b"/titles/bird/v/7f3a",
        OTHER,
    ):
        assert both_ways(origin, kind, version, path) == {"not_allowed"}
    assert both_ways(origin, kind, mint(origin, age=61)) == {"expired"}
    for network in ("192.0.2.1", "10.0.0.0/8", "::1", "2001:db8::/32", "127.0.0.2"):
        assert both_ways(origin, kind, mint(origin, network=network)) == {"wrong_client"}


def test_an_address_that_a_client_makes_up(origin: Attacked) -> None:
    token = mint(origin, network="192.0.2.1")
    for name in (b"X-Forwarded-For", b"X-Real-IP", b"Forwarded", b"X-Client-IP", b"True-Client-IP", b"Via"):
        for value in (b"192.0.2.1", b"for=192.0.2.1", b"127.0.0.1, 192.0.2.1"):
            reply = origin.get("made-up addresses", b"/s/" + token + STABLE, name + b": " + value)
            assert reason(reply) == "wrong_client"


def test_ways_from_one_title_to_another_and_out(origin: Attacked) -> None:
    link = b"/s/" + mint(origin)
    starts = {link + b"/titles/bird/": 3, link + b"/titles/bird/v/7f3a/": 5, link + b"/": 1}
    for target in ways_out(starts):
        origin.get("traversal below a link", target)
    for target in ways_out({link + b"/titles/bird/": 1}, [b"wren/master.m3u8"]):
        origin.get("traversal below a link", target)
    assert origin.statuses("traversal below a link") <= {400, 403, 404}
    cookie = b"Cookie: telecine-link=" + mint(origin)
    for target in ways_out({b"/titles/bird/": 2, b"/titles/": 1}):
        origin.get("traversal with a cookie", target, cookie)
    assert origin.statuses("traversal with a cookie") <= {400, 403, 404}


@pytest.mark.parametrize("path", [STABLE, OTHER, b"/titles/none/x.mp4", b"/titles/", b"/titles/%00"])
def test_refusals_are_alike_whatever_there_is(origin: Attacked, path: bytes) -> None:
    def answer(target: bytes) -> bytes:
        return re.sub(rb"\r\ndate:[^\r]*", b"", bytes(origin.get("oracles", target)))

    assert answer(path) == answer(STABLE)
    assert answer(b"/s/none" + path) == answer(b"/s/none" + STABLE)
    other = b"/s/" + mint(origin, "sparrow")
    assert answer(other + path) == answer(other + STABLE)


def test_a_shared_cache_keeps_nothing_of_it(origin: Attacked) -> None:
    """Neither what a link or a cookie let in, nor what was refused."""
    token = mint(origin)
    cookie = b"Cookie: telecine-link=" + token
    asked = [get(b"/s/" + token + STABLE), get(MEDIA, cookie), get(MEDIA), get(b"/s/x" + STABLE), get(b"/")]
    asked += [get(b"/s/" + token + b"/cookie", method=b"POST"), get(MEDIA, cookie, b"Range: bytes=0-1")]
    asked += [get(b"/s/" + token + b"/titles/bird/none.mp4"), get(b"/s/" + token + b"/watch/bird")]
    for request in asked:
        head = origin.ask("cache poisoning", request).head
        (control,) = re.findall(rb"\r\ncache-control: ([^\r]*)", head)
        assert control.startswith((b"private, ", b"no-store"))
        assert b"public" not in control
        if b"no-store" not in control:
            assert int(re.findall(rb"max-age=(\d+)", control)[0]) <= 60


def test_a_cookie_is_of_no_other_name_or_place(origin: Attacked) -> None:
    token = mint(origin)
    lines = [
        b"Cookie: xtelecine-link=" + token,
        b"Cookie: telecine-linkx=" + token,
        b"Cookie: TELECINE-LINK=" + token,
        b"Cookie: a=telecine-link=" + token,
        b'Cookie: telecine-link="' + token + b'"',
        b"Cookie: telecine-link=%s,%s" % (token, token),
        b"X-Cookie: telecine-link=" + token,
        b"Authorization: Bearer " + token,
        b"Set-Cookie: telecine-link=" + token,
    ]
    for line in lines:
        assert reason(origin.get("other cookies", STABLE, line)) in ("no_token", "bad_token")
    for query in (b"?telecine-link=", b"?token=", b"?s="):
        assert reason(origin.get("other cookies", STABLE + query + token)) == "no_token"


def test_a_cookie_is_set_for_the_path_of_the_link_alone(origin: Attacked) -> None:
    target = b"/s/" + mint(origin) + b"/cookie"
    for host in (b"evil.example", b"origin", b"127.0.0.1"):
        head = origin.ask("cookie endpoint", get(target, host=host, method=b"POST")).head
        assert head.count(b"set-cookie:") == 1
        assert b"; Path=/titles/bird/;" in head
        assert b"Domain" not in head
    for spelled in (target + b"%0d%0aSet-Cookie:%20a=b", target + b"/", target + b";", target + b"%00"):
        assert b"set-cookie" not in origin.ask("cookie endpoint", get(spelled, method=b"POST")).head
    for method in (b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS"):
        assert b"set-cookie" not in origin.ask("cookie endpoint", get(target, method=method)).head


def test_other_sites_read_nothing_with_the_cookie(origin: Attacked) -> None:
    cookie = b"Cookie: telecine-link=" + mint(origin)
    evil = (
        b"https://evil.example",
        b"null",
        b"https://player.example.evil.example",
        b"http://player.example",
    )
    for site in evil:
        head = origin.get("other sites", STABLE, cookie, b"Origin: " + site).head
        assert b"allow-credentials" not in head
        assert b"evil" not in head
    doubled = origin.get(
        "other sites", STABLE, cookie, b"Origin: https://player.example", b"Origin: " + evil[0]
    )
    assert b"evil" not in doubled.head

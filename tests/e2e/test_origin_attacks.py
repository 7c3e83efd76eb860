"""What is tried on servers in the open, on a running origin: all is refused. `pytest -s` shows figures."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from attacked import HIDDEN, MANIFEST, SEGMENT, Attacked, attacked, made
from hostile import CHUNKS, FRAMINGS, METHODS, RANGES, SMUGGLED, TARGETS, UNKEYED, VERSIONS
from traversal import ways_out

from tests.support.rawhttp import get, talk

MEDIA = b"/titles/bird/v/7f3a/video/avc-720/seg-00001.m4s"
STABLE = b"/titles/bird/master.m3u8"

REFUSED = {400, 403, 404}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    root = tmp_path_factory.mktemp("open")
    with closing(made(root)) as catalog, attacked(root, catalog) as origin:
        yield origin


def test_no_way_out(origin: Attacked) -> None:
    for target in ways_out():
        origin.get("traversal", target)
    assert origin.statuses("traversal") <= {400, 404}
    assert origin.get("traversal, control", STABLE).body == MANIFEST


def test_nothing_that_is_hidden_temporary_linked_or_beside(origin: Attacked) -> None:
    for name in HIDDEN:
        origin.get("hidden files", b"/" + name.encode())
        origin.get("hidden files", b"/titles/" + name.encode())
    linked = ["titles/out/bird.mp4", "titles/bird/v/up/bird/master.m3u8"]
    for name in (*linked, "titles", "titles/", "titles/bird", "titles/bird/", "catalog.db", "catalog.db-wal"):
        origin.get("hidden files", b"/" + name.encode())
    # Below /keys/ are licences, which want a playback token.
    assert origin.statuses("hidden files") == {404, 401}
    assert origin.tried["hidden files"][401] == 1


def test_targets_that_are_none(origin: Attacked) -> None:
    for target in TARGETS:
        origin.get("request targets", target)
    assert origin.statuses("request targets") <= {0, 400, 404}


@pytest.mark.parametrize(
    "target", [b"/", STABLE, b"/watch/none", b"/none", b"/healthz", b"/license/clearkey"]
)
def test_nothing_of_a_request_comes_back_in_an_answer(origin: Attacked, target: bytes) -> None:
    kind = "header injection"
    for line in (b"%0d%0aInjected:%201", b"%0aInjected:%201", b"%E5%98%8A%E5%98%8DInjected:%201"):
        for spelled in (target + line, target + b"?" + line, target + b"?token=" + line):
            assert b"Injected" not in origin.get(kind, spelled).head
        for name in (b"Cookie: telecine-link=", b"X-Forwarded-Host: ", b"Range: bytes=0-1", b"Origin: "):
            assert b"Injected" not in bytes(origin.get(kind, target, name + line))
    for host in (
        b"evil.example",
        b"evil.example:99",
        b"origin@evil.example",
        b'"><evil.example>',
        b"evil example",
    ):
        assert b"evil" not in bytes(origin.ask(kind, get(target, host=host)))
    raw = (b"X: 1\rInjected: 1", b"X: 1\nInjected: 1", b"X: \x00", b"X\x00: 1", b"Bad Name: 1", b": 1")
    for line in raw:
        assert b"Injected" not in origin.get(kind, target, line).head


def test_hosts_that_are_none(origin: Attacked) -> None:
    for lines in (b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nhost: a\r\n"):
        origin.ask("Host", b"GET / HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n")
    assert origin.statuses("Host") == {400}


def test_ranges_never_ask_for_more_than_there_is(origin: Attacked) -> None:
    for asked in RANGES:
        reply = origin.get("ranges", MEDIA, b"Range: bytes=" + asked)
        assert len(reply.body) <= len(SEGMENT)
        assert b"multipart" not in reply.head
    for unit in (b"items=0-5", b"bytes:0-5", b"bytes 0-5", b"none"):
        assert origin.get("ranges", MEDIA, b"Range: " + unit).status == 200
    many = origin.get("ranges", MEDIA, *[b"Range: bytes=0-5"] * 50)
    assert len(many.body) <= len(SEGMENT)
    assert origin.statuses("ranges") <= {200, 206, 416, 431}


def test_what_is_too_large(origin: Attacked) -> None:
    kind = "large requests"
    assert origin.get(kind, STABLE, b"X: " + b"x" * 40_000).status == 431
    assert origin.get(kind, STABLE, *[b"X: 1"] * 200).status == 431
    assert origin.get(kind, STABLE, b"x" * 40_000 + b": 1").status == 431
    assert origin.get(kind, STABLE, b"Cookie: " + b"telecine-link=x; " * 4000).status == 431
    assert origin.get(kind, b"/" + b"x" * 9000).status == 414
    assert origin.get(kind, STABLE + b"?" + b"x" * 9000).status == 414
    assert origin.ask(kind, b"GET /" + b"x" * 1_000_000).status in (414, 431)
    assert origin.ask(kind, b"X" * 1_000_000).status == 400
    assert origin.ask(kind, b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000_000).status == 431
    for target in (b"/license/clearkey", b"/api/tokens", b"/api/links"):
        claimed = get(target, b"Content-Length: 99999999999", method=b"POST")
        assert origin.ask(kind, claimed).status in (400, 413)
        chunked = get(target, b"Transfer-Encoding: chunked", method=b"POST")
        reply = origin.ask(
            kind, chunked + b"10000\r\n" + b"x" * 65536 + b"\r\n" * 2 + b"20000\r\n" + b"x" * 131072
        )
        # A connection that is closed with something unread may lose the answer.
        assert reply.status in (0, 400, 401, 413)


def test_no_request_hides_in_another(origin: Attacked) -> None:
    """RFC 9112, 11.2. However its end is misstated, what is behind it is not answered beside it."""
    kind = "request smuggling"
    start = b"POST /license/clearkey HTTP/1.1\r\nHost: origin\r\n"
    attacks = [start + framing + b"\r\n\r\n" + SMUGGLED for framing in FRAMINGS]
    attacks += [start + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + SMUGGLED for chunk in CHUNKS]
    attacks += [
        b"GET / HTTP/1.1\nHost: origin\n\n" + SMUGGLED,
        b"GET / HTTP/1.1\r\nHost: origin\r\n\n" + SMUGGLED,
        b"\x00" + SMUGGLED,
        b"GET / HTTP/1.1\r\n Host: origin\r\n\r\n" + SMUGGLED,
    ]
    for attack in attacks:
        replies = talk(origin.port, attack, most=3)
        origin.tried[kind][replies[0].status if replies else 0] += 1
        assert [reply.status for reply in replies if b"smuggled" in reply.body] == []
        assert 404 not in [reply.status for reply in replies], attack


_DATE = re.compile(rb"\r\ndate:[^\r]*", re.IGNORECASE)


@pytest.mark.parametrize("target", [STABLE, MEDIA, b"/", b"/titles/none/master.m3u8", b"/watch/none"])
def test_a_shared_cache_cannot_be_poisoned(origin: Attacked, target: bytes) -> None:
    """What is no part of a cache's key changes nothing of an answer."""
    usual = _DATE.sub(b"", bytes(origin.get("cache poisoning", target)))
    for line in UNKEYED:
        assert _DATE.sub(b"", bytes(origin.get("cache poisoning", target, line))) == usual, line


def test_methods(origin: Attacked) -> None:
    for method in METHODS.split():
        for target in (STABLE, b"/", b"/none", b"origin:443", b"*"):
            reply = origin.ask("methods", get(target, b"X-Echo: -echo-", method=method))
            assert b"-echo-" not in bytes(reply)
    assert origin.statuses("methods") <= {0, 400, 404, 405, 501}
    assert (origin.root / "titles/bird/master.m3u8").read_bytes() == MANIFEST


def test_other_protocols(origin: Attacked) -> None:
    for hello in VERSIONS:
        origin.ask("versions", hello)
    assert origin.statuses("versions") <= {0, 400, 505}


def test_http_1_0(origin: Attacked) -> None:
    replies = talk(origin.port, b"GET /titles/bird/master.m3u8 HTTP/1.0\r\n\r\n", most=2)
    assert [(reply.status, reply.body) for reply in replies] == [(200, MANIFEST)]


def test_pipelined_requests_are_answered_in_their_order(origin: Attacked) -> None:
    asked = [STABLE, b"/none", MEDIA, b"/healthz"] * 10
    requests = [b"GET %s HTTP/1.1\r\nHost: origin\r\n\r\n" % target for target in asked]
    replies = talk(origin.port, b"".join(requests), most=len(asked))
    assert [reply.status for reply in replies] == [200, 404, 200, 200] * 10
    assert [reply.body for reply in replies[::4]] == [MANIFEST] * 10
    broken = b"".join([*requests[:4], b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", *requests[4:8]])
    statuses = [reply.status for reply in talk(origin.port, broken, most=9)]
    assert statuses == [200, 404, 200, 200, 400][: len(statuses)]


def test_who_sends_slowly_keeps_nobody_waiting(origin: Attacked) -> None:
    begun = [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: origin\r\nX: ",
        b"POST /license/clearkey HTTP/1.1\r\nHost: origin\r\nContent-Length: 9\r\n\r\n{",
    ]
    with ExitStack() as held:
        for number in range(500):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", origin.port), timeout=20))
            connection.sendall(begun[number % len(begun)])
        for _ in range(50):
            assert origin.get("beside 500 slow senders", STABLE).body == MANIFEST

"""What players and CDNs may rely on, whether the origin answers itself or nginx before it does."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.origin.nginx import Front, nginx_config
from tests.e2e.attacked import MANIFEST, SECRET, SEGMENT, fill
from tests.support.broker import free_port
from tests.support.nginx import needed, nginx
from tests.support.rawhttp import Reply, ask, get
from tests.support.serving import serving
from tests.support.site import TELECINE

MASTER = b"/titles/bird/master.m3u8"
SEG = b"/titles/bird/v/7f3a/video/avc-720/seg-00001.m4s"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("media") / "site"
    fill(root)
    for name, content in (("manifest.mpd", b"<MPD/>"), ("en.vtt", b"WEBVTT\n"), ("report.html", b"<p>")):
        (root / "titles/bird" / name).write_bytes(content)
    return root


@pytest.fixture(scope="module", params=["origin", "nginx", "nginx before a bucket"])
def port(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    if request.param != "origin":
        needed()
    with serving(*TELECINE, "serve", "-o", str(root), "--port") as address:
        origin = address.removeprefix("http://")
        folder, port = tmp_path_factory.mktemp("nginx"), free_port()
        if request.param == "origin":
            yield int(origin.rpartition(":")[2])
            return
        if request.param == "nginx":
            config = printed("-o", str(root), "--port", str(port), "--origin", origin)
        else:
            # What it makes of a folder's origin, it makes of any.
            config = nginx_config(Front(str(port), "_", origin, cache=folder / "cache"))
        with nginx(folder, config, port):
            yield port


def printed(*options: str) -> str:
    command = [*TELECINE, "nginx-config", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fields(reply: Reply) -> dict[str, str]:
    lines = reply.head.decode().rstrip().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"master.m3u8", "application/vnd.apple.mpegurl"),
        (b"manifest.mpd", "application/dash+xml"),
        (b"en.vtt", "text/vtt; charset=utf-8"),
        (b"report.html", "text/html; charset=utf-8"),
        (b"v/7f3a/video/avc-720/seg-00001.m4s", "video/iso.segment"),
    ],
)
def test_types_and_ages(port: int, name: bytes, kind: str) -> None:
    reply = ask(port, get(b"/titles/bird/" + name))
    assert (reply.status, fields(reply)["content-type"]) == (200, kind)
    stable = "public, max-age=5, stale-if-error=86400"
    immutable = "public, max-age=31536000, immutable"
    assert fields(reply)["cache-control"] == (immutable if name.startswith(b"v/") else stable)
    assert fields(reply)["x-content-type-options"] == "nosniff"
    policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"
    assert fields(reply).get("content-security-policy") == (policy if name == b"report.html" else None)


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (get(SEG), 200, SEGMENT),
        (get(SEG, b"Range: bytes=256-259"), 206, b"\0\1\2\3"),
        (get(SEG, b"Range: bytes=-2"), 206, b"\xfe\xff"),
        (get(SEG, b"If-None-Match: *"), 304, b""),
        (get(SEG, method=b"HEAD"), 200, b""),
        (get(MASTER + b"?CMCD=bl%3D100"), 200, MANIFEST),
        (get(b"/titles/none/master.m3u8"), 404, None),
        (get(SEG, method=b"PUT"), 405, None),
        (get(SEG, method=b"DELETE"), 405, None),
    ],
    ids=["whole", "range", "suffix", "known", "head", "query", "none", "put", "delete"],
)
def test_answers_that_pages_of_other_sites_may_read(
    port: int, request_: bytes, status: int, body: bytes | None
) -> None:
    reply = ask(port, request_)
    assert reply.status == status
    assert fields(reply)["access-control-allow-origin"] == "*"
    assert fields(reply)["timing-allow-origin"] == "*"
    exposed = "Accept-Ranges, Content-Length, Content-Range, ETag"
    assert fields(reply)["access-control-expose-headers"] == exposed
    assert reply.head.lower().count(b"access-control-allow-origin") == 1
    if body is not None:
        assert reply.body == body
    if status >= 400:
        assert fields(reply)["cache-control"] == "no-store"


def test_a_range_beyond_the_end(port: int) -> None:
    # nginx gives it the fields of the answer that it had begun, twice.
    reply = ask(port, get(SEG, b"Range: bytes=614400-"))
    assert (reply.status, fields(reply)["content-range"]) == (416, "bytes */614400")


def test_a_preflight(port: int) -> None:
    reply = ask(port, get(SEG, b"Origin: https://a.example", method=b"OPTIONS"))
    assert (reply.status, reply.body) == (204, b"")
    assert fields(reply)["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert fields(reply)["access-control-max-age"] == "86400"
    assert "CMCD-Request" in fields(reply)["access-control-allow-headers"]
    assert fields(reply)["access-control-allow-origin"] == "*"


def test_tags(port: int) -> None:
    tag = fields(ask(port, get(SEG)))["etag"].encode()
    assert ask(port, get(SEG, b"If-None-Match: " + tag)).status == 304
    assert ask(port, get(SEG, b"If-Match: " + tag)).status == 200
    assert ask(port, get(SEG, b'If-Match: "other"')).status == 412
    assert ask(port, get(SEG, b"Range: bytes=0-0", b"If-Range: " + tag)).status == 206
    assert ask(port, get(SEG, b"Range: bytes=0-0", b'If-Range: "other"')).status == 200


def test_playlists_are_compressed_and_segments_are_not(port: int) -> None:
    reply = ask(port, get(MASTER, b"Accept-Encoding: gzip"))
    assert fields(reply)["content-encoding"] == "gzip"
    assert fields(reply)["vary"] == "Accept-Encoding"
    assert fields(reply)["content-type"] == "application/vnd.apple.mpegurl"
    assert "content-encoding" not in fields(ask(port, get(SEG, b"Accept-Encoding: gzip")))


@pytest.mark.parametrize(
    "target",
    [
        b"/titles/",
        b"/titles/bird",
        b"/titles/bird/",
        b"/titles/bird/.hidden.mp4",
        b"/titles/bird/.v/seg.m4s",
        b"/titles/bird/seg.m4s.tmp",
        b"/titles/bird/seg.m4s~",
        b"/titles/bird/seg.key",
        b"/titles/bird/notes.txt",
        b"/titles/bird/link.mp4",
        b"/titles/bird/inside.m3u8",
        b"/titles/out/bird.mp4",
        b"/titles/bird/v/up/bird/master.m3u8",
        b"/titles/..%2fmasters/bird.mp4",
        b"/titles/%2e%2e/masters/bird.mp4",
        b"/titles/../masters/bird.mp4",
        b"/masters/bird.mp4",
        b"/catalog.json",
        b"/titles/bird/master.m3u8%00.mp4",
    ],
)
def test_what_is_not_there_for_anybody(port: int, target: bytes) -> None:
    reply = ask(port, get(target))
    assert reply.status in (400, 403, 404)
    assert SECRET not in bytes(reply)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get(SEG, b"Content-Length: 70000"), 413),
        (get(b"/" + b"a" * 9000), 414),
        (get(SEG, b"Host: elsewhere"), 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
    ],
    ids=["body", "target", "hosts", "no host"],
)
def test_requests_that_are_refused(port: int, request_: bytes, status: int) -> None:
    assert ask(port, request_).status == status


def test_the_rest_is_the_origins(port: int) -> None:
    assert ask(port, get(b"/healthz")).body == b"ok\n"
    assert b"<title>" in ask(port, get(b"/")).body
    assert ask(port, get(b"/watch/none")).status == 404

"""Types, caching and CORS of what is served."""

import httpx
import pytest

VERSION = "/titles/bird/v/7f3a"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("manifest.mpd", "application/dash+xml"),
        ("init.mp4", "video/mp4"),
        ("seg-00001.m4s", "video/iso.segment"),
        ("en.vtt", "text/vtt; charset=utf-8"),
        ("poster.jpg", "image/jpeg"),
        ("report.json", "application/json"),
        ("report.html", "text/html; charset=utf-8"),
    ],
)
def test_types(ask, root, name, kind):
    (root / "titles/bird/v/7f3a" / name).write_bytes(b"x")
    answer = ask(f"{VERSION}/{name}")
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_version_may_be_kept_for_ever(ask, segment):
    assert ask(segment).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["master.m3u8", "manifest.mpd"])
def test_stable_manifests_are_asked_for_again(ask, name):
    answer = ask(f"/titles/bird/{name}")
    assert answer.headers["cache-control"] == "public, max-age=5, stale-if-error=86400"


def test_a_title_called_v_is_no_version(ask, root):
    (root / "titles/v").mkdir()
    (root / "titles/v/master.m3u8").write_bytes(b"#EXTM3U\n")
    assert ask("/titles/v/master.m3u8").headers["cache-control"] == "public, max-age=5, stale-if-error=86400"


def test_a_missing_segment_is_not_missing_for_ever(ask):
    answer = ask(f"{VERSION}/video/avc-720/seg-00099.m4s")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_no_date_is_given_since_copies_differ_in_it(ask, segment):
    assert "last-modified" not in ask(segment).headers


@pytest.mark.parametrize("status", [200, 206, 304, 404, 405, 416])
def test_players_elsewhere_may_read_every_answer(ask, segment, status):
    answer = provoke(ask, segment, status)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["timing-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"]
    assert exposed == "Accept-Ranges, Content-Length, Content-Range, ETag"


def provoke(ask, segment: str, status: int) -> httpx.Response:
    match status:
        case 206:
            return ask(segment, Range="bytes=0-1")
        case 304:
            return ask(segment, If_None_Match="*")
        case 404:
            return ask("/titles/none/master.m3u8")
        case 405:
            return ask(segment, "PUT")
        case 416:
            return ask(segment, Range="bytes=999999-")
    return ask(segment)


def test_preflight(ask, segment):
    answer = ask(segment, "OPTIONS", Origin="https://player.example", Access_Control_Request_Method="GET")
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-max-age"] == "86400"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"Range", "If-None-Match", "CMCD-Object", "CMCD-Request", "CMCD-Session", "CMCD-Status"} <= set(
        allowed
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(ask, segment, method):
    answer = ask(segment, method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_report_cannot_run_scripts(ask, root):
    (root / "titles/bird/v/7f3a/report.html").write_text("<script>alert(1)</script>")
    policy = ask(f"{VERSION}/report.html").headers["content-security-policy"]
    assert policy == "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"

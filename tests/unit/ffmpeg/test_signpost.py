"""ffmpeg reads a signed URL that nobody else sees, on that host and no other, by TLS that is checked."""

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from pipeline.errors import EncodeError
from pipeline.ffmpeg.run import Children, Usage
from pipeline.ffmpeg.signpost import signposted
from pipeline.ffmpeg.source import Remote, complaints, input_environment, input_name, input_options
from pipeline.ffmpeg.tools import limits_redirects
from tests.support.certificates import certificate_for
from tests.support.ranges import RangeServer, range_server

SIGNED = "?X-Amz-Credential=AKIA5&X-Amz-Signature=c0ffee"


@pytest.fixture(scope="session")
def film(media: Callable[..., Path]) -> Path:
    """Its index is in front, so that half of it plays."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=2", "-c:v", "mpeg4")
    return media("signed.mp4", *picture, "-movflags", "+faststart")


@pytest.fixture
def server(film: Path) -> Iterator[RangeServer]:
    with range_server(film.read_bytes()) as server:
        yield server


@contextmanager
def remote(url: str, ca_file: str = "") -> Iterator[Remote]:
    with signposted(f"{url}/film.mp4{SIGNED}", "masters/0a/film.mp4", ca_file) as found:
        yield found


def decode(ffmpeg: str, master: Remote, *options: str) -> Usage:
    given = [word for key, value in input_options(master).items() for word in (f"-{key}", value)]
    argv = [ffmpeg, "-nostdin", "-loglevel", "error", *given, *options, "-i", input_name(master)]
    return Children().run([*argv, "-f", "null", "-"], environment=input_environment(master))


def test_the_signed_url_is_read_and_not_shown(ffmpeg: str, server: RangeServer) -> None:
    with remote(server.url) as master:
        assert input_name(master) == "http://master.invalid/masters/0a/film.mp4"
        assert "c0ffee" not in f"{master} {input_options(master)} {input_environment(master)}"
        assert "127.0.0.1" not in repr(master)
        assert decode(ffmpeg, master).stderr == ""
    assert {request.path for request in server.requests} == {f"/film.mp4{SIGNED}"}
    assert all("Proxy-Authorization" not in request.headers for request in server.requests)


def test_whoever_has_no_password_is_told_nothing(server: RangeServer) -> None:
    with remote(server.url) as master:
        environment = input_environment(master)
        proxy = urllib3.util.parse_url(environment["http_proxy"])
        wrong = base64.b64encode(b"ffmpeg:guessed").decode()
        for headers in ({}, {"Proxy-Authorization": f"Basic {wrong}"}):
            there = f"http://127.0.0.1:{proxy.port}/masters/0a/film.mp4"
            answer = urllib3.request("GET", there, headers=headers, redirect=False, retries=False)
            assert (answer.status, answer.headers.get("Location")) == (407, None)
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", there, retries=False)


def test_a_storage_cannot_send_ffmpeg_elsewhere(ffmpeg: str, server: RangeServer) -> None:
    with (
        range_server(b"", redirect=f"{server.url}/film.mp4") as moved,
        remote(moved.url) as master,
        pytest.raises(EncodeError),
    ):
        decode(ffmpeg, master, "-reconnect", "0")
    assert moved.requests
    assert server.requests == []


def test_where_it_ends_early_the_rest_is_asked_for(ffmpeg: str, server: RangeServer) -> None:
    server.breaks = 1
    with remote(server.url) as master:
        usage = decode(ffmpeg, master)
    assert "Stream ends prematurely" in usage.stderr
    assert complaints(usage.stderr) == ""


def test_where_the_rest_never_comes_ffmpeg_complains(ffmpeg: str, server: RangeServer) -> None:
    """Though it exits with 0."""
    server.breaks = 1_000_000
    server.refuses_rest = True
    with remote(server.url) as master:
        usage = decode(ffmpeg, master)
    assert complaints(usage.stderr) != ""


def test_a_signature_in_what_a_child_says_is_blotted_out(tmp_path: Path) -> None:
    script = tmp_path / "child"
    script.write_text(f"#!/bin/sh\necho \"[x] no 'https://s3.example/film.mov{SIGNED}' here\" >&2\n")
    script.chmod(0o755)
    assert Children().run([str(script)]).stderr == "[x] no '(a signed URL)' here\n"


def test_an_ffmpeg_that_can_be_kept_from_redirects(ffmpeg: str, tmp_path: Path) -> None:
    assert limits_redirects(ffmpeg, "https")
    old = tmp_path / "ffmpeg"
    old.write_text("#!/bin/sh\necho '  -reconnect  <boolean>'\n")
    old.chmod(0o755)
    assert not limits_redirects(str(old), "https")


@pytest.mark.parametrize(
    ("named", "trusted", "read"),
    [
        ("127.0.0.1", True, True),
        ("127.0.0.1", False, False),
        ("elsewhere.example", True, False),
    ],
)
def test_certificates_are_checked(
    ffmpeg: str, film: Path, tmp_path: Path, named: str, trusted: bool, read: bool
) -> None:
    ours, others = certificate_for(named, tmp_path), certificate_for("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ours)
    ca_file = str(ours if trusted else others)
    with range_server(film.read_bytes(), tls=context) as server, remote(server.url, ca_file) as master:
        if read:
            assert decode(ffmpeg, master).stderr == ""
            return
        with pytest.raises(EncodeError) as error:
            decode(ffmpeg, master, "-reconnect_on_network_error", "0")
    assert "certificate verify failed" in error.value.evidence
    assert server.requests == []

"""Caches are told which paths changed, and a publication never suffers from it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from receiver import OTHER_SECRET, SECRET, Receiver, receiving

from pipeline.cli import main
from pipeline.events import Warned
from pipeline.runner.site import Site
from pipeline.webhooks import purge as purging
from pipeline.webhooks.purge import TRIES, purge
from tests.support.broker import free_port
from tests.support.waiting import wait_until
from tests.unit.runner.jobs import encode, site_in

KEYS = ("titles/film/master.m3u8", "titles/film/manifest.mpd")
PATHS = ["/titles/film/master.m3u8", "/titles/film/manifest.mpd"]
EXAMPLE = Path(__file__).parents[3] / "docs/examples/purge_receiver.py"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "LONGEST_PAUSE", 0.0)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as receiver:
        monkeypatch.setenv("TELECINE_PURGE_URL", receiver.url)
        monkeypatch.setenv("TELECINE_PURGE_SECRET", SECRET)
        yield receiver


def told(receiver: Receiver) -> list[object]:
    for received in receiver.received:
        received.verify()
    return [json.loads(received.body)["data"] for received in receiver.received]


def test_nobody_is_told_where_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELECINE_PURGE_URL", raising=False)
    assert purge("s3://bucket", "film", KEYS) == ""


def test_the_paths_that_changed_are_told_and_signed(cache: Receiver) -> None:
    assert purge("s3://bucket/vod", "film", KEYS) == ""
    assert told(cache) == [{"storage": "s3://bucket/vod", "title": "film", "paths": PATHS}]
    assert json.loads(cache.received[0].body)["type"] == "title.changed"


def test_who_fails_is_told_again_the_same(cache: Receiver) -> None:
    cache.manners += ["fail", "hang_up"]
    assert purge("s3://bucket", "film", KEYS) == ""
    assert len(cache.received) == 3
    assert len({(received.id, received.body) for received in cache.received}) == 1


def test_who_took_it_is_not_told_again(cache: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving("fail", "fail", "fail", "fail") as other:
        monkeypatch.setenv("TELECINE_PURGE_URL", f"{cache.url},{other.url}")
        words = purge("s3://bucket", "film", KEYS)
    assert words == (
        "film: caches were not told, and show it as it was until that expires: "
        f"http://127.0.0.1:{other.port}: status 500"
    )
    assert (len(cache.received), len(other.received)) == (1, TRIES)


def test_wrong_settings_are_told_and_raise_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_PURGE_URL", "ftp://cache/t0ken")
    monkeypatch.setenv("TELECINE_PURGE_SECRET", SECRET)
    words = purge("s3://bucket", "film", KEYS)
    assert words.endswith("TELECINE_PURGE_URL, number 1 is no http or https URL")
    monkeypatch.setenv("TELECINE_PURGE_URL", "http://127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", "no-scheme://anna:pa55word@127.0.0.1")
    assert "pa55word" not in purge("s3://bucket", "film", KEYS)


@pytest.fixture
def master(media: Callable[..., Path]) -> Path:
    return media("second.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg4")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


def command(site: Site, *words: str) -> str:
    result = CliRunner().invoke(main, [*words, "-o", str(site.settings.root)])
    assert result.exit_code == 0, result.output
    return result.stderr


def test_publication_rollback_and_deletion_tell_it(site: Site, master: Path, cache: Receiver) -> None:
    _, events = encode(site, master)
    assert not [event for event in events if isinstance(event, Warned)]
    version = site.catalog.titles.current("film") or ""
    assert command(site, "rollback", "film", version) == ""
    assert command(site, "delete", "film", "--yes") == ""
    assert [data["paths"] for data in told(cache)] == [PATHS] * 3  # type: ignore[index]


def test_none_of_them_fails_with_the_cache(site: Site, master: Path, cache: Receiver) -> None:
    cache.manners += ["fail"] * 3 * TRIES
    published, events = encode(site, master)
    (warning,) = [event.message for event in events if isinstance(event, Warned)]
    assert warning.startswith("film: caches were not told")
    for words in (("rollback", "film", published.version), ("delete", "film", "--yes")):
        assert command(site, *words).startswith("warning: film: caches were not told")


class Edge(BaseHTTPRequestHandler):
    """A cache that takes PURGE."""

    purged: list[str]

    def do_PURGE(self) -> None:
        self.purged.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its signature
        """Nothing."""


@pytest.fixture
def edge() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("AnEdge", (Edge,), {"purged": []}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_example_purges_an_edge(edge: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "PURGE_SECRET": SECRET,
        "EDGE": f"http://127.0.0.1:{edge.server_port}",
        "LISTEN": f"127.0.0.1:{port}",
    }
    monkeypatch.setenv("TELECINE_PURGE_URL", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("TELECINE_PURGE_SECRET", SECRET)
    receiver = subprocess.Popen([sys.executable, EXAMPLE], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: purge("s3://bucket", "film", KEYS) == "", 20)
        monkeypatch.setenv("TELECINE_PURGE_SECRET", OTHER_SECRET)
        assert purge("s3://bucket", "film", KEYS).endswith("status 403")
    finally:
        receiver.kill()
        receiver.wait()
    assert edge.RequestHandlerClass.purged == PATHS  # type: ignore[attr-defined]

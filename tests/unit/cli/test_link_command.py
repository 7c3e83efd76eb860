"""`telecine link` and `telecine keys rotate-links`."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from pipeline.cli import main
from pipeline.keys.links import LinkError, read
from pipeline.keys.opening import KeyStore, open_keys
from tests.support.catalogs import empty_catalog

SUMMARY = b'{"title":"film","version":"v1","duration":"4","frames":1,"size":1,"poster":null,"renditions":[]}'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyStore]:
    """Of a site with the title `film`, of which `v1` is shown, and `hidden`, of which nothing is."""
    for name in ("CATALOG", "MASTER_KEY", "ORIGIN_URL"):
        monkeypatch.delenv(f"TELECINE_{name}", raising=False)
    monkeypatch.setenv("TELECINE_ROOT", str(tmp_path))
    catalog = empty_catalog(tmp_path)
    with catalog._database.connection(writes=True) as connection:
        for title, shown in (("film", "v1"), ("hidden", None)):
            connection.execute(text("insert into titles values (:t, :v)"), {"t": title, "v": shown})
            added = (
                "insert into versions (title, version, job, summary, published) values (:t, 'v1', 'j', :s, 1)"
            )
            connection.execute(text(added), {"t": title, "s": SUMMARY})
    yield open_keys(catalog, tmp_path)
    catalog.close()


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_addresses_to_pass_on(store: KeyStore) -> None:
    lines = [line.split() for line in run("link", "film").stdout.splitlines()]
    token = lines[1][1].split("/")[4]
    link = f"http://127.0.0.1:8080/s/{token}"
    assert lines == [
        ["FORMAT", "ADDRESS"],
        ["hls", f"{link}/titles/film/master.m3u8"],
        ["dash", f"{link}/titles/film/manifest.mpd"],
        ["watch", f"{link}/watch/film"],
    ]
    assert read(token, store.links.keys()).title == "film"


def test_what_can_be_asked_for(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_ORIGIN_URL", "https://media.example.com/")
    words = ("--version", "v1", "--ttl", "10m", "--address", "2001:db8::/64", "--cookie", "--json")
    told = json.loads(run("link", "film", *words).stdout)
    assert told["hls"] == "https://media.example.com/titles/film/v/v1/master.m3u8"
    assert "watch" not in told
    grant = read(told["cookie"].split("/")[4], store.links.keys())
    assert (grant.folder, str(grant.network)) == ("film/v/v1/", "2001:db8::/64")
    assert grant.expires == told["expires"]
    assert 595 <= told["expires"] - time.time() <= 600


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none"], "'none': no such title; `telecine titles` lists them"),
        (["hidden"], "'hidden': not published; `telecine show hidden` lists versions"),
        (["film", "--version", "v2"], "'film': no version 'v2'; `telecine show film` lists versions"),
        (["film", "--ttl", "25h"], "is not between 1s and 24h"),
        (["film", "--address", "10.0.0.1/8"], "10.0.0.1/8 has host bits set: write it as 192.0.2.1"),
    ],
)
def test_links_that_are_not_made(store: KeyStore, words: list[str], told: str) -> None:
    assert told in run("link", *words, code=2).stderr


def test_keys_are_changed(store: KeyStore) -> None:
    old = store.links.mint("film")
    run("keys", "rotate-links")
    assert read(old, store.links.keys()).title == "film"
    run("keys", "rotate-links", "--at-once")
    with pytest.raises(LinkError, match="bad_token"):
        read(old, store.links.keys())


def test_a_folder_cannot_be_presigned(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELECINE_STORAGE", raising=False)
    monkeypatch.setenv("TELECINE_ACCESS", "presigned")
    assert "TELECINE_ACCESS=presigned is for titles in a bucket" in run("serve", code=2).stderr

"""Titles in a bucket play by manifests that lead straight there, in players and in ffmpeg."""

import os
import subprocess
from collections.abc import Iterator
from fractions import Fraction

import imageio_ffmpeg
import pytest
from browsing import Complaints, play, play_to_end, wait_until
from conftest import page_at
from player_pages import open_player
from playwright.sync_api import Browser, Page

from pipeline.catalog.catalog import Catalog
from pipeline.keys.links import Links
from pipeline.keys.networks import parse_network
from pipeline.keys.opening import open_keys
from samples.master import MasterSpec, Picture, make_master
from tests.support.rawhttp import ask, get
from tests.support.s3 import Server, server
from tests.support.serving import serving
from tests.support.site import TELECINE, Site, run

SECONDS = 6


@pytest.fixture(scope="module")
def bucket() -> Server:
    return server("ministack")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("presigned"))


@pytest.fixture(scope="module")
def address(bucket: Server, site: Site) -> Iterator[str]:
    """Of an origin with the title `film` in a bucket, whose manifests are presigned."""
    master, place = site.folder / "film.mp4", bucket.new_bucket()
    make_master(master, MasterSpec(Fraction(SECONDS), Picture(320, 180, Fraction(24))))
    every_site = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
    rules = {"CORSRules": [every_site]}
    bucket.connection().client.put_bucket_cors(Bucket=place.name, CORSConfiguration=rules)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_CONFIG_FILE", str(bucket.profile))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("TELECINE_STORAGE", f"s3://{place.name}/site")
        done = run(site.command(master))
        assert done.returncode == 0, done.stderr
        command = (*TELECINE, "serve", "-o", str(site.root), "--workers", "1", "--port")
        with serving(*command, TELECINE_ACCESS="presigned") as address:
            yield address


@pytest.fixture
def links(address: str, site: Site) -> Links:
    return open_keys(Catalog(f"sqlite:///{site.root}/catalog.db"), site.root).links


@pytest.fixture
def page(chromium: Browser, address: str, complaints: Complaints) -> Iterator[Page]:
    with page_at(address, chromium, complaints) as page:
        yield page


def segments(page: Page) -> list[str]:
    """What the page asks for of media, from now on."""
    asked: list[str] = []
    page.on("request", lambda request: ".m4s" in request.url and asked.append(request.url))
    return asked


@pytest.mark.parametrize("player", ["hls.js", "dash.js"])
def test_players_read_segments_from_the_bucket(page: Page, bucket: Server, links: Links, player: str) -> None:
    asked = segments(page)
    open_player(page, player, "film", link=f"/s/{links.mint('film')}")
    wait_until(page, "video.readyState >= 3")
    end = play_to_end(page, speed=2)
    assert abs(end["position"] - SECONDS) < 0.1
    assert page.evaluate("failures") == []
    assert asked
    assert {url.startswith(bucket.url) and "X-Amz-Signature=" in url for url in asked} == {True}


@pytest.mark.parametrize("format_", ["hls", "dash"])
def test_the_watch_page_may_ask_the_bucket(page: Page, bucket: Server, links: Links, format_: str) -> None:
    asked = segments(page)
    page.goto(f"/s/{links.mint('film')}/watch/film?format={format_}")
    play(page)
    assert asked
    assert {url.startswith(bucket.url) for url in asked} == {True}


def test_ffmpeg_reads_the_same_by_both_ways(address: str, links: Links) -> None:
    """A link for one address leads through the origin: the bucket would not ask for the address. Of DASH,
    FFmpeg 9.0 cuts addresses off that are much longer than the manifest's own."""
    anywhere, here = links.mint("film"), links.mint("film", network=parse_network("127.0.0.1"))
    hashes = {decoded(f"{address}/s/{token}/titles/film/master.m3u8") for token in (anywhere, here)}
    assert len(hashes) == 1
    port = int(address.rpartition(":")[2])
    mpd = [ask(port, get(f"/s/{token}/titles/film/manifest.mpd".encode())).body for token in (anywhere, here)]
    assert [b"X-Amz-Signature=" in text for text in mpd] == [True, False]


def decoded(address: str) -> str:
    """A hash of each stream's frames."""
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", address, "-f", "streamhash", "-")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout
    return done.stdout

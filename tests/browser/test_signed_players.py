"""Media that want a link play in the players that viewers use, by the link's address or by its cookie."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
import sample_titles
from browsing import Complaints, play, wait_until
from conftest import page_at
from player_pages import open_player
from playwright.sync_api import Browser, Page

from pipeline.keys.links import Links
from tests.support.serving import serving


@pytest.fixture(scope="module")
def signed(samples: Path, origin: str) -> Iterator[str]:
    """The address of an origin whose media want a link; pages of `origin` may play them by cookie."""
    settings = {"TELECINE_ACCESS": "signed", "TELECINE_ACCESS_ORIGINS": origin}
    with serving(sys.executable, sample_titles.__file__, str(samples), **settings) as address:
        yield address


@pytest.fixture(scope="module")
def links(samples: Path) -> Links:
    return sample_titles.links(samples)


@pytest.fixture
def beside(chromium: Browser, signed: str, complaints: Complaints) -> Iterator[Page]:
    """A page of the origin whose media want a link."""
    with page_at(signed, chromium, complaints) as page:
        yield page


@pytest.mark.parametrize("player", ["hls.js", "dash.js"])
def test_every_address_carries_the_link(beside: Page, links: Links, player: str) -> None:
    link = f"/s/{links.mint('moving')}"
    asked: list[str] = []
    beside.on("request", lambda request: asked.append(request.url))
    open_player(beside, player, "moving", link=link)
    _play_nearly_to_the_end(beside)
    assert beside.evaluate("failures") == []
    media = [url for url in asked if "/titles/" in url]
    assert len([url for url in media if url.endswith(".m4s")]) >= 6
    assert [url for url in media if f"{link}/titles/moving/" not in url] == []


@pytest.mark.parametrize("format_", ["hls", "dash"])
def test_the_watch_page_plays_by_its_own_link(beside: Page, links: Links, format_: str) -> None:
    link = f"/s/{links.mint('moving')}"
    beside.goto(f"{link}/watch/moving?format={format_}")
    play(beside)
    assert beside.locator("[data-address]").first.get_attribute("href") == f"{link}/titles/moving/master.m3u8"
    wait_until(beside, "/[1-9]/.test(document.querySelector('#downloaded').textContent)")


def test_the_watch_page_says_that_a_link_has_expired(
    beside: Page, links: Links, complaints: Complaints
) -> None:
    answer = beside.goto(f"/s/{links.mint('moving', seconds=1, now=0)}/watch/moving")
    assert answer is not None
    assert answer.status == 403
    assert "This link has expired." in beside.inner_text("main")
    assert len(complaints.texts) == 1
    complaints.texts.clear()


def test_a_page_elsewhere_plays_by_cookie(
    page: Page, signed: str, links: Links, complaints: Complaints
) -> None:
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto("/healthz")
    refused = page.evaluate(
        "address => fetch(address).then((answer) => answer.json())", f"{signed}/titles/moving/"
    )
    assert refused == {"reason": "no_token"}
    complaints.texts.clear()
    post = (
        """address => fetch(address, {method: "POST", credentials: "include"}).then(({status}) => status)"""
    )
    status = page.evaluate(post, f"{signed}/s/{links.mint('moving')}/cookie")
    assert status == 204
    open_player(page, "hls.js", "moving", link=signed)
    _play_nearly_to_the_end(page)
    assert page.evaluate("failures") == []


def _play_nearly_to_the_end(page: Page) -> None:
    play(page)
    page.evaluate("video.playbackRate = 4")
    wait_until(page, "video.currentTime > argument", sample_titles.SECONDS - 0.5)


@pytest.mark.parametrize("manifest", ["master.m3u8", "manifest.mpd"])
def test_ffmpeg_reads_the_same_by_a_link(origin: str, signed: str, links: Links, manifest: str) -> None:
    path = f"/titles/moving/{manifest}"
    assert _decoded(f"{signed}/s/{links.mint('moving')}{path}") == _decoded(origin + path)


def _decoded(address: str) -> str:
    """A hash of each stream's frames."""
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", address, "-f", "streamhash", "-")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout

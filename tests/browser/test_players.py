"""A title that the pipeline published plays to its end in the players that viewers use, on every rung."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from browsing import Complaints, play, play_to_end, wait_until
from conftest import page_at
from player_pages import open_player, switch_to
from playwright.sync_api import Browser, Page

from samples.master import MasterSpec, Picture, make_master
from tests.support.serving import serving
from tests.support.site import TELECINE, Site

SECONDS = 8
WIDTHS = [320, 256, 214]
"""Of the rungs: two of H.264 and, the middle one, of AV1."""


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an origin with the title `film`: two rungs of H.264, one of AV1, and sound."""
    site = Site(tmp_path_factory.mktemp("published"))
    master = site.folder / "film.mp4"
    make_master(master, MasterSpec(Fraction(SECONDS), Picture(320, 180, Fraction(24))))
    site.encode(master, av1=True)
    with serving(*TELECINE, "serve", "-o", str(site.root), "--port") as address:
        yield address


@pytest.fixture
def film(chromium: Browser, published: str, complaints: Complaints) -> Iterator[Page]:
    """A page beside the title."""
    with page_at(published, chromium, complaints) as page:
        yield page


@pytest.mark.parametrize("player", ["hls.js", "dash.js"])
def test_plays_to_the_end_and_switches_to_every_rung(film: Page, player: str) -> None:
    open_player(film, player, "film")
    play(film)
    assert sorted(film.evaluate("widths()"), reverse=True) == WIDTHS
    for width in [*WIDTHS, *reversed(WIDTHS)]:
        switch_to(film, width)
    end = play_to_end(film)
    assert abs(end["position"] - SECONDS) < 0.1
    assert film.evaluate("failures") == []


@pytest.mark.parametrize("player", ["hls.js", "dash.js"])
def test_every_frame_is_shown_from_start_to_end(film: Page, player: str) -> None:
    open_player(film, player, "film")
    wait_until(film, "video.readyState >= 3")
    end = play_to_end(film)
    assert abs(end["position"] - SECONDS) < 0.1
    assert end["decoded"] >= 0.95 * SECONDS * 24
    assert film.evaluate("failures") == []


@pytest.mark.parametrize("format_", ["hls", "dash"])
def test_the_watch_page_plays_the_title_to_the_end(film: Page, format_: str) -> None:
    film.goto(f"/watch/film?format={format_}")
    wait_until(film, "video.readyState >= 3")
    end = play_to_end(film)
    assert abs(end["position"] - SECONDS) < 0.1
    assert end["decoded"] >= 0.95 * SECONDS * 24

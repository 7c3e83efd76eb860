"""A title that the pipeline published plays to its end in the players that viewers use, on every rung."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from browsing import Complaints, play, play_to_end, wait_until
from conftest import serving
from playwright.sync_api import Browser, Page, Route

from samples.master import MasterSpec, Picture, make_master
from tests.support.site import TELECINE, Site

REPOSITORY = Path(__file__).parents[2]
PLAYERS = REPOSITORY / ".test-tools"
SECONDS = 8
WIDTHS = [320, 256, 214]
"""Of the rungs: two of H.264 and, the middle one, of AV1."""

PAGE = """<!doctype html><title>player</title><video muted playsinline></video>
<script src="/players/player.js"></script><script>{script}</script>"""

HLS_JS = """
window.failures = [];
window.player = new Hls();
player.on(Hls.Events.ERROR, (_, error) => failures.push(error.type + " " + error.details));
player.loadSource("/titles/film/master.m3u8");
player.attachMedia(document.querySelector("video"));
window.widths = () => player.levels.map((level) => level.width);
window.force = (width) => { player.currentLevel = widths().indexOf(width); return true; };
"""

DASH_JS = """
window.failures = [];
window.player = dashjs.MediaPlayer().create();
player.on("error", (event) => failures.push(JSON.stringify(event.error)));
player.initialize(document.querySelector("video"), "/titles/film/manifest.mpd", false);
player.updateSettings({streaming: {abr: {autoSwitchBitrate: {video: false}},
    trackSwitchMode: {video: "alwaysReplace"}}});
const rungs = () => player.getTracksFor("video").flatMap((track) =>
    track.bitrateList.map((rung, index) => ({track, width: rung.width, index})));
window.widths = () => rungs().map((rung) => rung.width);
window.force = (width) => {
    const { track } = rungs().find((one) => one.width === width);
    const shown = document.querySelector("video").videoWidth;
    if (player.getCurrentTrackFor("video").index !== track.index) player.setCurrentTrack(track);
    // dash.js loses its way when a rung is chosen while it still replaces the track.
    if (!track.bitrateList.some((rung) => rung.width === shown)) return false;
    const one = player.getRepresentationsByType("video").find((r) => r.width === width);
    player.setRepresentationForTypeById("video", one.id, true);
    return true;
};
"""


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
    context = chromium.new_context(base_url=published)
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints.listen_to(page)
    yield page
    context.close()
    assert complaints.texts == []


def _open(page: Page, library: str, script: str) -> None:
    """A page with a player from npm, as if the origin had it."""
    (player,) = PLAYERS.glob(f"{library}-*.js")

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(path=player, content_type="text/javascript")
        else:
            route.fulfill(body=PAGE.format(script=script), content_type="text/html")

    page.route("**/players/*", answer)
    page.goto("/players/page.html")


@pytest.mark.parametrize(("library", "script"), [("hls.js", HLS_JS), ("dashjs", DASH_JS)])
def test_plays_to_the_end_and_switches_to_every_rung(film: Page, library: str, script: str) -> None:
    _open(film, library, script)
    play(film)
    assert sorted(film.evaluate("widths()"), reverse=True) == WIDTHS
    for width in [*WIDTHS, *reversed(WIDTHS)]:
        wait_until(film, "force(argument)", width)
        # From the start again: the switches before may have used the film up.
        film.evaluate("document.querySelector('video').currentTime = 0")
        # A player that replaces its source takes back a request to play: ask until it plays.
        wait_until(film, "(video.play().catch(() => {}), video.videoWidth === argument)", width)
        before = film.evaluate("document.querySelector('video').currentTime")
        wait_until(film, "video.currentTime > argument + 0.1", before)
    end = play_to_end(film)
    assert abs(end["position"] - SECONDS) < 0.1
    assert film.evaluate("failures") == []


@pytest.mark.parametrize("library", ["hls.js", "dashjs"])
def test_every_frame_is_shown_from_start_to_end(film: Page, library: str) -> None:
    _open(film, library, HLS_JS if library == "hls.js" else DASH_JS)
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

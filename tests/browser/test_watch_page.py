"""The pages in a browser: what is listed, what plays, and what the controls do."""

import re

import pytest
from browsing import play, play_to_end, wait_for_width, wait_until
from playwright.sync_api import Page, Route, expect


def open_title(page: Page, slug: str = "moving", fmt: str = "hls") -> None:
    page.goto(f"/watch/{slug}?format={fmt}")
    wait_until(page, "video.readyState >= 1")


def rung(page: Page, name: str):
    return page.locator(f'input[name=rung][value="{name}"]')


def position(page: Page) -> float:
    return page.evaluate("document.querySelector('video').currentTime")


def test_the_index_lists_titles_with_their_posters(page):
    page.goto("/")
    expect(page.get_by_role("link", name="Moving test picture")).to_be_visible()
    expect(page.get_by_role("link", name="Spoken word")).to_be_visible()
    poster = page.locator("img.poster")
    expect(poster).to_have_js_property("complete", True)
    expect(poster).to_have_js_property("naturalWidth", 640)
    page.get_by_role("link", name="Moving test picture").click()
    expect(page).to_have_url(re.compile("/watch/moving"))


@pytest.mark.parametrize("fmt", ["hls", "dash"])
def test_a_title_plays_to_its_end(page, fmt):
    open_title(page, fmt=fmt)
    end = play_to_end(page)
    assert end["position"] == pytest.approx(end["duration"], abs=0.1)
    assert end["duration"] == pytest.approx(6, abs=0.1)
    assert end["decoded"] > 100
    expect(page.locator("#trouble")).to_be_hidden()


@pytest.mark.parametrize("fmt", ["hls", "dash"])
def test_a_title_without_pictures_plays_to_its_end(page, fmt):
    open_title(page, "spoken", fmt)
    end = play_to_end(page)
    assert end["position"] == pytest.approx(6, abs=0.1)
    expect(page.locator("#current-codec")).to_have_text("AAC")


@pytest.mark.parametrize("fmt", ["hls", "dash"])
def test_every_rung_can_be_forced(page, fmt):
    open_title(page, fmt=fmt)
    play(page)
    for name, width, codec in [
        ("avc-360", 640, "H.264"),
        ("avc-180", 320, "H.264"),
        ("avc-360", 640, "H.264"),
        ("av1-180", 320, "AV1"),
    ]:
        rung(page, name).check()
        wait_for_width(page, width)
        expect(page.locator("#current-codec")).to_have_text(codec)
        expect(page.locator(".rung.on input")).to_have_value(name)


def test_a_rung_that_the_browser_cannot_decode_is_not_offered(page):
    open_title(page)
    expect(rung(page, "hevc-360")).to_be_disabled()
    expect(page.get_by_text("not playable in this browser")).to_have_count(3)
    expect(page.locator(".unplayable:visible")).to_have_count(1)


def test_automatic_choice_is_within_one_codec(page):
    open_title(page)
    play(page)
    for codec, width in [("H.264", 640), ("AV1", 320)]:
        auto = page.locator("fieldset", has_text=codec).locator(".auto input")
        auto.check()
        wait_for_width(page, width)
        expect(page.locator("#current-codec")).to_have_text(codec)
        expect(auto).to_be_checked()


def test_forcing_the_rung_that_already_plays_holds_up_nothing(page):
    open_title(page)
    play(page)
    page.locator("fieldset", has_text="H.264").locator(".auto input").check()
    wait_for_width(page, 640)
    expect(page.locator(".rung.on input")).to_have_value("avc-360")
    rung(page, "avc-360").check()
    rung(page, "avc-180").check()
    wait_for_width(page, 320)


def test_rungs_chosen_in_haste_end_with_the_last(page):
    open_title(page)
    play(page)
    for name in ("avc-180", "avc-360", "avc-180", "av1-180", "avc-360"):
        rung(page, name).check()
    wait_for_width(page, 640)
    expect(page.locator(".rung.on input")).to_have_value("avc-360")
    assert play_to_end(page)["position"] == pytest.approx(6, abs=0.1)


def test_switching_the_format_keeps_the_place(page):
    open_title(page)
    page.evaluate("document.querySelector('video').currentTime = 3")
    page.get_by_role("link", name="DASH", exact=True).click()
    expect(page).to_have_url(re.compile("format=dash$"))
    expect(page.get_by_role("link", name="DASH", exact=True)).to_have_attribute("aria-current", "true")
    wait_until(page, "video.readyState >= 2")
    assert position(page) == pytest.approx(3, abs=0.2)


def test_figures_follow_playback(page):
    open_title(page)
    play(page)
    expect(page.locator("#current-rung")).to_have_text(re.compile(r"^\d+p$"))
    expect(page.locator("#bandwidth")).to_have_text(re.compile(r"^[\d.]+ [kM]b/s$"))
    expect(page.locator("#buffer")).to_have_text(re.compile(r"^[1-9][\d.]* s$"))
    expect(page.locator("#frames")).to_have_text(re.compile(r"^\d+ / [1-9]\d*$"))
    expect(page.locator("#stalls")).to_have_text("0")
    expect(page.locator("#startup")).to_have_text(re.compile(r"^\d+\.\d\d s$"))
    expect(page.locator("#downloaded")).to_have_text(re.compile(r"^\d+ kB$"))
    for kind in ("bandwidth", "rung", "buffer"):
        expect(page.locator(f".chart-{kind}")).to_have_attribute("d", re.compile("^M"))


def test_keys(page):
    open_title(page)
    page.keyboard.press("k")
    wait_until(page, "!video.paused")
    page.keyboard.press(" ")
    wait_until(page, "video.paused")
    start = position(page)
    page.keyboard.press(".")
    assert position(page) == pytest.approx(start + 0.04, abs=0.001)
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Full screen")
    page.keyboard.press("k")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').paused")


def test_keys_climb_the_ladder(page):
    open_title(page)
    play(page)
    rung(page, "avc-180").check()
    wait_for_width(page, 320)
    page.keyboard.press("]")
    wait_for_width(page, 640)
    expect(rung(page, "avc-360")).to_be_checked()
    page.keyboard.press("]")
    page.keyboard.press("[")
    wait_for_width(page, 320)


def test_addresses_are_copied_whole(page, origin):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_title(page)
    page.get_by_role("button", name="Copy the DASH address").click()
    address = f"{origin}/titles/moving/manifest.mpd"
    wait_until(page, "await navigator.clipboard.readText() === argument", address)


def test_a_title_that_does_not_load_says_why_and_can_be_tried_again(page, complaints):
    def refuse(route: Route) -> None:
        route.fulfill(status=404)

    page.route("**/master.m3u8", refuse)
    page.goto("/watch/moving")
    expect(page.get_by_role("alert")).to_contain_text("The origin refused a file of this title")
    expect(page.get_by_role("alert")).to_contain_text("Shaka error 1001 BAD_HTTP_STATUS")
    expect(page.get_by_role("alert")).to_contain_text("404")
    page.unroute("**/master.m3u8", refuse)
    page.get_by_role("button", name="Try again").click()
    wait_until(page, "video.readyState >= 1")
    play(page)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert all("404" in text for text in complaints.texts)
    complaints.texts.clear()


def test_an_unknown_title(page, complaints):
    answer = page.goto("/watch/no-such-title")
    assert answer.status == 404
    expect(page.get_by_role("heading")).to_have_text("Not Found")
    page.get_by_role("link", name="All titles", exact=True).click()
    expect(page.get_by_role("link", name="Moving test picture")).to_be_visible()
    assert all("404" in text for text in complaints.texts)
    complaints.texts.clear()


@pytest.mark.parametrize("path", ["/", "/watch/moving"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(page, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_everything_that_can_be_operated_has_a_name(page):
    open_title(page)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select")]
            .filter((element) => !(element.getAttribute("aria-label") || element.textContent.trim()
                || element.closest("label")?.textContent.trim()))
            .map((element) => element.outerHTML)"""
    )
    assert nameless == []


def test_nothing_is_asked_of_other_sites(page, origin):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_title(page)
    play(page)
    foreign = [url for url in asked if not url.startswith((f"{origin}/", "blob:", "data:"))]
    assert len(asked) > 15
    assert foreign == []

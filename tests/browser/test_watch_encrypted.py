"""The watch page and encrypted titles: what plays with which token, and what is said where nothing does."""

import re
from collections.abc import Iterator

import pytest
from browsing import INSECURE_HOST, Complaints, play, play_to_end, wait_for_width, wait_until
from conftest import page_at
from encrypted_titles import HD, SD, SECONDS, EncryptedTitles
from playwright.sync_api import Browser, Page, expect

MINE = "cbcs"
WIDTHS = {"720p": HD, "180p": SD}


@pytest.fixture
def page(chromium: Browser, encrypted: EncryptedTitles, complaints: Complaints) -> Iterator[Page]:
    with page_at(encrypted.address, chromium, complaints) as page:
        yield page


def rung(page: Page, name: str):
    return page.locator(".rung", has_text=name).locator("input")


@pytest.mark.parametrize(
    ("title", "fmt"),
    [("cbcs", "hls"), ("cbcs", "dash"), ("cenc", "hls"), ("aes-128", "hls")],
)
def test_a_title_plays_across_its_keys(page, encrypted, title, fmt):
    page.goto(f"/watch/{title}?format={fmt}#token={encrypted.token(title)}")
    wait_until(page, "video.readyState >= 1")
    play(page)
    for name in ("180p", "720p"):
        rung(page, name).check()
        wait_for_width(page, WIDTHS[name])
    page.evaluate("document.querySelector('video').currentTime = 0")
    assert play_to_end(page, speed=2)["position"] == pytest.approx(SECONDS, abs=0.1)
    expect(page.locator("#unlock")).to_be_hidden()
    expect(page.get_by_text(f"encrypted · {title}")).to_be_visible()


def test_a_token_leaves_the_address_and_lasts_as_long_as_the_tab(page, encrypted):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    token = encrypted.token(MINE)
    page.goto(f"/watch/{MINE}#token={token}")
    expect(page).to_have_url(re.compile(r"/watch/cbcs\?format=hls$"))
    page.reload()
    wait_until(page, "video.readyState >= 1")
    assert not [url for url in asked if token in url]


def test_without_a_token_the_page_asks_for_one(page, encrypted):
    page.goto(f"/watch/{MINE}")
    expect(page.get_by_role("heading", name="This title is encrypted")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("It plays with a playback token.")
    field = page.get_by_role("textbox", name="Playback token")
    expect(field).to_be_focused()
    field.fill(f" {encrypted.token(MINE)}\n")
    field.press("Enter")
    wait_until(page, "video.readyState >= 1")
    play(page)
    expect(page.locator("#unlock")).to_be_hidden()


def test_a_token_that_is_of_no_use_is_called_so_and_another_can_be_pasted(page, encrypted, complaints):
    page.goto(f"/watch/{MINE}#token={encrypted.token('cenc')}")
    field = page.get_by_role("textbox", name="Playback token")
    for token, words in [
        (None, "This token is for another title."),
        (encrypted.token(MINE, age=2 * 3600), "This token has expired. Ask for a new one."),
        ("nonsense", "This is no token of this site, or not a whole one."),
        (encrypted.token(MINE, ["audio"]), "This token does not allow enough of this title to play it."),
    ]:
        if token:
            field.fill(token)
            page.get_by_role("button", name="Play", exact=True).last.click()
        expect(page.get_by_role("alert")).to_have_text(words)
        expect(field).to_have_value("")
    assert page.evaluate("document.querySelector('video').readyState") == 0
    assert len(complaints.texts) == 3
    complaints.texts.clear()
    page.reload()
    expect(page.get_by_role("alert")).to_have_text("It plays with a playback token.")


@pytest.mark.parametrize("fmt", ["hls", "dash"])
def test_rungs_that_a_token_does_not_allow_are_locked(page, encrypted, fmt):
    page.goto(f"/watch/{MINE}?format={fmt}#token={encrypted.token(MINE, ['audio', 'sd'])}")
    wait_until(page, "video.readyState >= 1")
    expect(rung(page, "720p")).to_be_disabled()
    expect(page.locator(".rung.locked")).to_have_attribute("title", "This token does not allow it")
    expect(rung(page, "180p")).to_be_enabled()
    play(page)
    wait_for_width(page, SD)


def test_whole_segments_are_in_hls_alone(page):
    page.goto("/watch/aes-128?format=dash")
    expect(page.get_by_role("link", name="HLS", exact=True)).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("link", name="DASH", exact=True)).to_have_count(0)
    expect(page.get_by_text("manifest.mpd")).to_have_count(0)


def test_an_insecure_page_says_that_browsers_do_not_decrypt_there(page, encrypted):
    address = encrypted.address.replace("127.0.0.1", INSECURE_HOST)
    page.goto(f"{address}/watch/{MINE}#token={encrypted.token(MINE)}")
    expect(page.get_by_role("alert")).to_contain_text("Browsers decrypt on https or localhost only.")


def test_a_browser_that_does_not_know_the_scheme_says_so(page, encrypted):
    page.add_init_script("navigator.requestMediaKeySystemAccess = () => Promise.reject(new Error('none'));")
    page.goto(f"/watch/{MINE}#token={encrypted.token(MINE)}")
    expect(page.get_by_role("alert")).to_contain_text("This browser cannot decrypt this title with ClearKey.")


def test_the_index_tells_encrypted_titles(page):
    page.goto("/")
    expect(page.locator(".badge.encrypted")).to_have_text(
        ["encrypted · aes-128", "encrypted · cenc", "encrypted · cbcs"]
    )

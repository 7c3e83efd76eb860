"""Encrypted titles play in the players that viewers use, with a token for them and not without."""

from collections.abc import Iterator

import pytest
from browsing import Complaints, play_to_end, wait_until
from conftest import page_at
from encrypted_titles import HD, SD, SECONDS, EncryptedTitles
from player_pages import open_player, switch_to
from playwright.sync_api import Browser, Page, Response

# Shaka Player alone does not play `cbcs` in HLS: it takes the keys from its page, as ours does.
PLAYED = [
    ("cbcs", "hls.js"),
    ("cbcs", "dash.js"),
    ("cbcs", "shaka dash"),
    ("cenc", "hls.js"),
    ("cenc", "dash.js"),
    ("cenc", "shaka dash"),
    ("cenc", "shaka hls"),
    ("aes-128", "hls.js"),
    ("aes-128", "shaka hls"),
]


REFUSED = [
    ("cbcs", "hls.js"),
    ("cbcs", "dash.js"),
    ("cbcs", "shaka dash"),
    ("cenc", "shaka hls"),
    ("aes-128", "hls.js"),
]
"""Each player, and each way in which one gets keys."""


@pytest.fixture
def page(chromium: Browser, encrypted: EncryptedTitles, complaints: Complaints) -> Iterator[Page]:
    with page_at(encrypted.address, chromium, complaints) as page:
        yield page


@pytest.fixture
def answers(page: Page) -> list[Response]:
    """What the origin answers to those who ask for keys."""
    found: list[Response] = []

    def note(response: Response) -> None:
        if "/license/" in response.url or "/keys/" in response.url:
            found.append(response)

    page.on("response", note)
    return found


@pytest.mark.parametrize(("title", "player"), PLAYED)
def test_plays_to_the_end_and_switches_from_key_to_key(
    page: Page, encrypted: EncryptedTitles, title: str, player: str
) -> None:
    open_player(page, player, title, encrypted.token(title))
    wait_until(page, "(video.play().catch(() => {}), video.currentTime > 0.2)")
    assert sorted(page.evaluate("widths()")) == [SD, HD]
    for width in (SD, HD):
        switch_to(page, width)
    end = play_to_end(page, speed=2)
    assert abs(end["position"] - SECONDS) < 0.1
    assert page.evaluate("failures") == []


@pytest.mark.parametrize(("title", "player"), REFUSED)
def test_plays_nothing_with_a_token_of_another_title(
    page: Page,
    encrypted: EncryptedTitles,
    complaints: Complaints,
    answers: list[Response],
    title: str,
    player: str,
) -> None:
    other = "cenc" if title == "cbcs" else "cbcs"
    open_player(page, player, title, encrypted.token(other))
    _expect_refusal(page, complaints, answers, (403, "unknown_key"))


@pytest.mark.parametrize(("title", "player"), REFUSED)
def test_plays_nothing_with_an_expired_token(
    page: Page,
    encrypted: EncryptedTitles,
    complaints: Complaints,
    answers: list[Response],
    title: str,
    player: str,
) -> None:
    open_player(page, player, title, encrypted.token(title, age=2 * 3600))
    _expect_refusal(page, complaints, answers, (401, "expired"))


@pytest.mark.parametrize(("title", "player"), REFUSED)
def test_plays_nothing_without_a_token(
    page: Page, complaints: Complaints, answers: list[Response], title: str, player: str
) -> None:
    open_player(page, player, title)
    _expect_refusal(page, complaints, answers, (401, "no_token"))


def _expect_refusal(
    page: Page, complaints: Complaints, answers: list[Response], refusal: tuple[int, str]
) -> None:
    page.evaluate("void video.play().catch(() => {})")
    wait_until(page, "failures.length > 0")
    assert {(answer.status, answer.json()["reason"]) for answer in answers} == {refusal}
    assert page.evaluate("video.getVideoPlaybackQuality().totalVideoFrames") == 0
    # Shaka Player steps a little into what it takes for a gap.
    assert page.evaluate("video.currentTime") <= 0.1
    page.goto("about:blank")
    assert complaints.texts
    complaints.texts.clear()

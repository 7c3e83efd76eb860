"""The pages as HTML; what they do in a browser is tested in tests/browser."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from asking import ask_with

from pipeline.origin.app import create_app
from pipeline.origin.cards import AudioRendition, TitleCard, VideoRendition

HOSTILE = "<script>alert('x')</script> \" onload=\"alert(1)"


def rung(name: str, codec: str, width: int, height: int, rate: int) -> VideoRendition:
    return VideoRendition(name, codec, width, height, Fraction(24000, 1001), rate, rate * 3 // 2)


BIRD = TitleCard(
    slug="bird",
    name="The Bird",
    version="7f3a",
    duration=Fraction(3725),
    poster="v/7f3a/images/poster.jpg",
    video=(
        rung("avc-360", "avc1.64001e", 640, 360, 400_000),
        rung("avc-720", "avc1.64001f", 1280, 720, 2_000_000),
        rung("av1-720", "av01.0.05M.08", 1280, 720, 1_000_000),
    ),
    audio=(AudioRendition("en", "mp4a.40.2", "en", 2, 128_000, 130_000),),
)

EVIL = TitleCard(
    slug="evil",
    name=HOSTILE,
    version=HOSTILE,
    duration=Fraction(1),
    poster=None,
    video=(rung(HOSTILE, HOSTILE, 2, 2, 1000),),
    audio=(AudioRendition(HOSTILE, HOSTILE, HOSTILE, 2, 1, 1),),
)

RADIO = TitleCard(
    "radio",
    "Radio",
    "1",
    Fraction(60),
    None,
    (),
    (AudioRendition("a", "mp4a.40.2", "en", 6, 384_000, 390_000),),
)


SECRET = replace(BIRD, slug="secret", scheme="cbcs")
WHOLE = replace(BIRD, slug="whole", scheme="aes-128")


@pytest.fixture
def ask(root):
    return ask_with(create_app(root, lambda: [BIRD, EVIL, RADIO]))


def test_the_index_lists_titles(ask):
    page = ask("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/watch/bird"' in page.text
    assert 'src="/titles/bird/v/7f3a/images/poster.jpg"' in page.text
    assert "1:02:05" in page.text
    assert "720p, 3 rungs" in page.text
    assert '<span class="badge codec-av1">AV1</span>' in page.text
    assert "1 audio rendition<" in page.text
    assert "3 titles" in page.text


def test_without_titles_the_index_says_how_to_make_one(root):
    page = ask_with(create_app(root, list))("/")
    assert page.status_code == 200
    assert "telecine encode master.mov" in page.text


def test_titles_are_asked_for_at_every_request(root):
    titles: list[TitleCard] = []
    ask = ask_with(create_app(root, lambda: titles))
    assert ask("/watch/bird").status_code == 404
    titles.append(BIRD)
    assert ask("/watch/bird").status_code == 200


def test_the_watch_page_has_the_addresses_and_the_ladder(ask):
    page = ask("/watch/bird").text
    assert 'data-folder="/titles/bird/"' in page
    assert 'href="/titles/bird/master.m3u8"' in page
    assert 'href="/titles/bird/manifest.mpd"' in page
    assert "1280\u00d7720" in page
    assert "23.976 fps" in page
    assert "2.0 Mb/s" in page
    assert "3.0 Mb/s peak" in page


def test_a_ladder_is_grouped_by_codec_from_the_top_down(ask):
    values = re.findall(r'name="rung" value="([^"]+)"', ask("/watch/bird").text)
    assert values == ["auto", "avc-720", "avc-360", "auto", "av1-720"]


def test_pages_tell_how_a_title_is_encrypted(root):
    ask = ask_with(create_app(root, lambda: [SECRET]))
    for path in ("/", "/watch/secret"):
        assert '<span class="badge encrypted">encrypted \u00b7 cbcs</span>' in ask(path).text


def test_the_watch_page_of_an_encrypted_title_knows_its_classes_of_keys(root):
    page = ask_with(create_app(root, lambda: [SECRET]))("/watch/secret").text
    assert 'data-scheme="cbcs"' in page
    assert 'data-classes="audio sd hd"' in page
    assert re.findall(r'data-class="(\w+)"', page) == ["hd", "sd", "hd"]
    assert "telecine token secret" in page


def test_a_clear_title_asks_for_no_token(ask):
    page = ask("/watch/bird").text
    assert 'data-scheme=""' in page
    assert 'id="unlock"' not in page
    assert "encrypted" not in page


def test_whole_segments_are_offered_in_hls_alone(root):
    page = ask_with(create_app(root, lambda: [WHOLE]))("/watch/whole").text
    assert re.findall(r'data-format="(\w+)"', page) == ["hls"]
    assert "/titles/whole/master.m3u8" in page
    assert "manifest.mpd" not in page


def test_a_title_without_pictures_has_a_ladder_of_sound(ask):
    page = ask("/watch/radio").text
    assert "sound-only" in page
    assert "5.1" in page
    assert "384 kb/s" in page


@pytest.mark.parametrize("path", ["/", "/watch/evil"])
def test_what_a_title_says_is_text_and_not_markup(ask, path):
    page = ask(path).text
    assert "<script>alert" not in page
    assert 'onload="' not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page


@pytest.mark.parametrize("path", ["/", "/watch/bird", "/watch/none", "/none"])
def test_pages_allow_no_foreign_and_no_inline_code(ask, path):
    page = ask(path)
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(
        r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=\"|https?://(?!www\.w3\.org)", page.text
    )


@pytest.mark.parametrize("path", ["/watch/none", "/watch/", "/watch/bird/more", "/none", "/favicon.ico"])
def test_unknown_pages(ask, path):
    page = ask(path)
    assert page.status_code == 404
    assert "Not Found" in page.text
    assert 'href="/"' in page.text


def test_a_catalog_that_fails_is_not_shown_to_visitors(root):
    def fails() -> list[TitleCard]:
        raise RuntimeError("postgresql://user:password@db")

    page = ask_with(create_app(root, fails))("/")
    assert page.status_code == 500
    assert "password" not in page.text
    assert page.headers["x-content-type-options"] == "nosniff"


def test_static_files_are_named_by_their_content(ask):
    page = ask("/").text
    address = re.search(r'href="(/static/[0-9a-f]{16}/css/base\.css)"', page)[1]
    assert ask(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert ask(address).headers["content-type"] == "text/css; charset=utf-8"
    assert ask("/static/0000000000000000/css/base.css").status_code == 404


@pytest.mark.parametrize("path", ["/", "/watch/bird"])
def test_everything_a_page_asks_for_is_there(ask, path):
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', ask(path).text)
    assert len(addresses) >= 4
    assert {address: ask(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_modules_import_only_what_is_there(ask):
    entry = re.search(r'src="(/static/[^"]+/)js/watch\.js"', ask("/watch/bird").text)[1] + "js/"
    pending, seen = ["watch.js"], set()
    while pending:
        module = ask(entry + (name := pending.pop()))
        assert module.status_code == 200, name
        seen.add(name)
        pending += set(re.findall(r'from "\./([\w.]+)"', module.text)) - seen
    assert {"session.js", "ladder.js", "timeline.js"} <= seen


def test_health(ask):
    answer = ask("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "../etc"},
        {"slug": "Bird"},
        {"slug": ""},
        {"slug": "a/b"},
        {"slug": "bird\n"},
        {"poster": "../poster.jpg"},
        {"poster": "/poster.jpg"},
        {"poster": "https://elsewhere/poster.jpg"},
        {"poster": 'x.jpg" onerror="alert(1)'},
        {"duration": Fraction(0)},
    ],
)
def test_a_card_is_checked_when_it_is_made(changes):
    values = {"slug": "bird", "name": "", "version": "", "duration": Fraction(1), "poster": None}
    with pytest.raises(ValueError, match="not a "):
        TitleCard(**{**values, **changes}, video=(), audio=())

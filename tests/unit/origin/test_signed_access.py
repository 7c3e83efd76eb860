"""Media that want a link: whoever has one gets what it allows, all others hear why not and no more."""

import asyncio
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.errors import OutageError, UsageError
from pipeline.origin.access import Access
from pipeline.origin.app import create_app
from pipeline.origin.cards import TitleCard, VideoRendition
from pipeline.origin.gate import Gate
from pipeline.origin.link_keys import LinkKeys
from tests.support.catalogs import empty_catalog
from tests.unit.origin.linking import SITE, Linked

SEGMENT = "/titles/bird/v/7f3a/video/avc-720/seg-00001.m4s"
MANIFEST = "/titles/bird/master.m3u8"


@pytest.fixture
def site(root: Path) -> Iterator[Linked]:
    (root / "catalog.db").unlink()
    catalog = empty_catalog(root)
    yield Linked.at(root, catalog, ACCESS_ORIGINS=SITE, TRUSTED_PROXIES="192.0.2.250")
    catalog.close()


def card(slug: str) -> TitleCard:
    rung = VideoRendition("720", "avc1.640028", 1280, 720, Fraction(25), 1, 2)
    return TitleCard(slug, slug, "7f3a", Fraction(4), "v/7f3a/images/poster.jpg", (rung,), ())


def test_a_link_in_the_address(site: Linked) -> None:
    link = f"/s/{site.token()}"
    for path in (MANIFEST, SEGMENT):
        assert site.ask(link + path).content == (site.root / path[1:]).read_bytes()
    assert site.ask(link + SEGMENT, Range="bytes=5-9").content == bytes(range(5, 10))
    assert site.ask(link + "/titles/bird/none.m3u8").status_code == 404


def test_a_link_in_a_cookie(site: Linked) -> None:
    cookie = f"other=1; telecine-link={site.token()};x"
    for path in (MANIFEST, SEGMENT):
        assert site.ask(path, cookie=cookie).content == (site.root / path[1:]).read_bytes()


def test_of_several_cookies_one_is_enough(site: Linked) -> None:
    tokens = [site.token("other"), "x", site.token(age=100), site.token()]
    cookies = "; ".join(f"telecine-link={token}" for token in tokens)
    assert site.ask(MANIFEST, cookie=cookies).status_code == 200
    assert site.ask(MANIFEST, cookie=f"telecine-link={site.token()}; {cookies}").status_code == 200
    beyond = "; ".join(["telecine-link=x"] * 4 + [f"telecine-link={site.token()}"])
    assert site.ask(MANIFEST, cookie=beyond).json() == {"reason": "bad_token"}


REFUSALS = {
    "no_token": "",
    "bad_token": "/s/none",
    "expired": "/s/{expired}",
    "wrong_client": "/s/{elsewhere}",
    "not_allowed": "/s/{other}",
}


def prefix(site: Linked, reason: str) -> str:
    return REFUSALS[reason].format(
        expired=site.token(age=61), elsewhere=site.token(network="198.51.100.0/24"), other=site.token("other")
    )


@pytest.mark.parametrize("reason", REFUSALS)
def test_refusals_tell_nothing_of_what_there_is(site: Linked, reason: str) -> None:
    link = prefix(site, reason)
    there = [site.ask(link + path) for path in (MANIFEST, SEGMENT)]
    not_there = [site.ask(link + path) for path in ("/titles/none/master.m3u8", "/titles/", "/titles/bird")]
    answers = there + not_there
    assert {(one.status_code, one.json()["reason"]) for one in answers} == {(403, reason)}
    assert len({tuple(one.headers.multi_items()) for one in answers}) == 1
    assert answers[0].headers["cache-control"] == "private, no-store"
    assert answers[0].headers["content-type"] == "application/json"
    assert site.ask(link + MANIFEST, "HEAD").content == b""


@pytest.mark.parametrize("reason", ["expired", "wrong_client", "not_allowed"])
def test_cookies_are_refused_for_the_same_reasons(site: Linked, reason: str) -> None:
    cookie = f"telecine-link={prefix(site, reason).removeprefix('/s/')}"
    assert site.ask(MANIFEST, cookie=cookie).json() == {"reason": reason}


def test_a_link_is_no_way_to_anything_else(site: Linked) -> None:
    link = f"/s/{site.token()}"
    for path in ("", "/", "/healthz", "/metrics", "/cookie", f"{link}{MANIFEST}", "/static/x", "/keys/00"):
        answer = site.ask(link + path)
        assert (answer.status_code, answer.json()) == (403, {"reason": "not_allowed"})
    assert site.ask("/healthz").text == "ok\n"


def test_a_version_and_no_other(site: Linked) -> None:
    link = f"/s/{site.token(version='7f3a')}"
    assert site.ask(link + SEGMENT).status_code == 200
    assert site.ask(link + MANIFEST).json() == {"reason": "not_allowed"}
    assert site.ask(link + SEGMENT.replace("7f3a", "7f3b")).json() == {"reason": "not_allowed"}


def test_who_asks_through_a_proxy(site: Linked) -> None:
    path = f"/s/{site.token(network='198.51.100.9')}{MANIFEST}"
    proxied = {"client": "192.0.2.250", "x_forwarded_for": "203.0.113.1, 198.51.100.9"}
    assert site.ask(path, **proxied).status_code == 200
    assert site.ask(path, **proxied | {"client": "192.0.2.251"}).json() == {"reason": "wrong_client"}
    assert site.ask(path, **proxied | {"x_forwarded_for": "198.51.100.9, 203.0.113.1"}).status_code == 403


def test_nothing_of_it_is_for_shared_caches(site: Linked) -> None:
    token = site.token(seconds=3600)
    link, cookie = f"/s/{token}", f"telecine-link={token}"
    for answer in (site.ask(link + SEGMENT), site.ask(SEGMENT, cookie=cookie)):
        (control,) = answer.headers.get_list("cache-control")
        private, age, immutable = control.split(", ")
        assert (private, immutable) == ("private", "immutable")
        assert 3000 < int(age.removeprefix("max-age=")) <= 3600
        assert answer.headers["referrer-policy"] == "no-referrer"
    answer = site.ask(link + MANIFEST)
    assert answer.headers["cache-control"] == "private, max-age=5"
    again = site.ask(link + MANIFEST, if_none_match=answer.headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, max-age=5")
    assert site.ask(link + "/titles/bird/none.m3u8").headers["cache-control"] == "private, no-store"


def test_the_cookie_of_a_link(site: Linked) -> None:
    token = site.token(seconds=3600)
    answer = site.ask(f"/s/{token}/cookie", "POST", origin=SITE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["cache-control"] == "no-store"
    name, folder, age, *flags = answer.headers["set-cookie"].split("; ")
    assert (name, folder) == (f"telecine-link={token}", "Path=/titles/bird/")
    assert 3000 < int(age.removeprefix("Max-Age=")) <= 3600
    assert flags == ["HttpOnly", "SameSite=Lax"]
    assert site.ask(MANIFEST, cookie=name).status_code == 200


def test_the_cookie_is_for_other_sites_where_it_is_secret_on_its_way(site: Linked) -> None:
    path = f"/s/{site.token(version='7f3a')}/cookie"
    secure = [
        site.ask(path, "POST", scheme="https"),
        site.ask(path, "POST", client="192.0.2.250", x_forwarded_for="1.2.3.4", x_forwarded_proto="https"),
    ]
    for answer in secure:
        assert "Path=/titles/bird/v/7f3a/;" in answer.headers["set-cookie"]
        assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=None; Secure")
    told = site.ask(path, "POST", x_forwarded_proto="https").headers["set-cookie"]
    assert told.endswith("; HttpOnly; SameSite=Lax")


def test_no_cookie_for_a_link_that_is_refused(site: Linked) -> None:
    for token in ("none", site.token(age=61), site.token(network="198.51.100.1")):
        answer = site.ask(f"/s/{token}/cookie", "POST")
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://player.example.evil.example", ""]
)
def test_cookies_of_no_other_site(site: Linked, origin: str) -> None:
    link = f"/s/{site.token()}"
    for answer in (
        site.ask(link + MANIFEST, origin=origin),
        site.ask(f"{link}/cookie", "POST", origin=origin),
    ):
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers.get_list("vary")


def test_preflights_need_no_link(site: Linked) -> None:
    for path in (MANIFEST, "/titles/none", f"/s/none{MANIFEST}", "/s/none/metrics"):
        answer = site.ask(path, "OPTIONS", origin=SITE, access_control_request_method="GET")
        assert answer.status_code == 204
        assert answer.headers.get_list("access-control-allow-origin") == [SITE]
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Range" in answer.headers["access-control-allow-headers"]


def test_the_watch_page_of_a_link(site: Linked) -> None:
    site.titles = [card("bird"), card("other")]
    link = f"/s/{site.token()}"
    page = site.ask(f"{link}/watch/bird")
    assert page.status_code == 200
    assert f'data-folder="{link}/titles/bird/"' in page.text
    assert f'poster="{link}/titles/bird/v/7f3a/images/poster.jpg"' in page.text
    assert page.text.count('"/titles/') == 0
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "telecine link TITLE"),
        ("/watch/bird", "telecine link TITLE"),
        ("/watch/none", "telecine link TITLE"),
        ("/s/none/watch/bird", "telecine link TITLE"),
        ("/s/{token}/watch/other", "telecine link TITLE"),
        ("/s/{pinned}/watch/bird", "telecine link TITLE"),
        ("/s/{expired}/watch/bird", "This link has expired."),
        ("/s/{elsewhere}/watch/bird", "This link is for another network than yours."),
    ],
)
def test_no_page_for_anybody_else(site: Linked, path: str, words: str) -> None:
    site.titles = [card("bird"), card("other")]
    answer = site.ask(
        path.format(
            token=site.token(),
            pinned=site.token(version="7f3a"),
            expired=site.token(age=61),
            elsewhere=site.token(network="198.51.100.1"),
        )
    )
    assert answer.status_code == 403
    assert words in answer.text
    assert "bird" not in answer.text


def test_an_open_site_has_no_links(root: Path) -> None:
    app = create_app(root, list, access=Access.of(dict, {}))
    site = Linked(root, None)  # type: ignore[arg-type]
    assert site.ask(MANIFEST, app=app).status_code == 200
    assert site.ask(f"/s/none{MANIFEST}", app=app).status_code == 404
    assert "referrer-policy" not in site.ask(MANIFEST, app=app).headers


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ACCESS", "closed", "TELECINE_ACCESS is 'closed': give one of open, signed"),
        ("ACCESS_ORIGINS", "*", "TELECINE_ACCESS_ORIGINS: name each site"),
        ("ACCESS_ORIGINS", "player.example", "'player.example' is no origin such as https://example.com"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy", "TELECINE_TRUSTED_PROXIES: 'proxy' does not appear to be"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "TELECINE_TRUSTED_PROXIES: 10.0.0.1/8 has host bits set"),
    ],
)
def test_settings_that_are_none(variable: str, value: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Access.of(dict, {f"TELECINE_{variable}": value})
    assert words in str(caught.value)


def test_keys_that_were_taken_back_are_missed(site: Linked) -> None:
    clock = [0.0]
    gate = Gate(LinkKeys(site.store.links.keys, lambda: clock[0]))
    old = site.token()

    async def admitted(token: str) -> str:
        return (await gate.admit(token, "bird/x", "")).grant.title

    async def story() -> None:
        assert await admitted(old) == "bird"
        site.store.links.rotate(overlap=0)
        assert await admitted(old) == "bird"
        clock[0] = 2
        assert await admitted(site.token()) == "bird"
        with pytest.raises(Exception, match="bad_token"):
            await admitted(old)

    asyncio.run(story())


def test_an_expired_link_is_noticed_however_often_it_was_good(site: Linked) -> None:
    now = [time.time()]
    gate = Gate(LinkKeys(site.store.links.keys), lambda: now[0])
    token = site.token(seconds=60)

    async def story() -> None:
        for _ in range(3):
            assert (await gate.admit(token, "bird/x", "")).seconds <= 60
        now[0] += 61
        with pytest.raises(Exception, match="expired"):
            await gate.admit(token, "bird/x", "")

    asyncio.run(story())


def test_the_catalog_is_asked_seldom_and_its_outage_is_bridged(caplog: pytest.LogCaptureFixture) -> None:
    clock, asked, out = [0.0], [0], [True]

    def load() -> dict[bytes, bytes]:
        asked[0] += 1
        if out[0]:
            raise OutageError("the catalog is out of reach")
        return {b"k" * 8: b"s"}

    keys = LinkKeys(load, lambda: clock[0])

    async def story() -> None:
        assert await asyncio.gather(*(keys.get() for _ in range(9))) == [None] * 9
        assert asked == [1]
        out[0], clock[0] = False, 2
        assert await keys.get() == {b"k" * 8: b"s"}
        for _ in range(9):
            await keys.get()
            await keys.renew()
        assert asked == [2]
        out[0], clock[0] = True, 13
        assert await keys.get() == {b"k" * 8: b"s"}
        assert asked == [3]

    asyncio.run(story())
    assert "keys of links are not renewed: the catalog is out of reach" in caplog.text


def test_a_site_without_a_catalog_is_not_open(root: Path) -> None:
    def load() -> dict[bytes, bytes]:
        raise OutageError("the catalog is out of reach")

    app = create_app(root, list, access=Access.of(load, {"TELECINE_ACCESS": "signed"}))
    site = Linked(root, None)  # type: ignore[arg-type]
    assert site.ask(MANIFEST, app=app).json() == {"reason": "no_token"}
    answer = site.ask(f"/s/none{MANIFEST}", app=app)
    assert (answer.status_code, answer.json()) == (503, {"reason": "unavailable"})

"""Links for programs: those that have an API key get addresses that play."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.keys.links import read
from tests.support.catalogs import empty_catalog
from tests.unit.origin.licensing import Licensed

SUMMARY = (
    b'{"title":"film","version":"v1","duration":"4","frames":1,"size":1,"poster":null,"renditions":[]%s}'
)


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Licensed]:
    """`film` has two versions, of which `v2` is shown, and `secret`, encrypted whole, one."""
    catalog = empty_catalog(tmp_path)
    with catalog._database.connection(writes=True) as connection:
        for title, version, scheme in (("film", "v2", b""), ("secret", "v1", b',"scheme":"aes-128"')):
            connection.execute(text("insert into titles values (:t, :v)"), {"t": title, "v": version})
            row = {"t": title, "s": SUMMARY % scheme}
            added = text(
                "insert into versions (title, version, job, summary, published) values (:t, :v, 'j', :s, 1)"
            )
            for known in ("v1", "v2")[: 2 if title == "film" else 1]:
                connection.execute(added, row | {"v": known})
    yield Licensed.at(tmp_path, catalog)
    catalog.close()


def made(origin: Licensed, **asked: object) -> tuple[int, dict[str, object]]:
    key = origin.store.api_keys.add(f"shop{id(asked)}")
    answer = origin.ask("POST", "/api/links", key, body=json.dumps(asked).encode())
    return answer.status_code, answer.json()


def token_in(address: object) -> str:
    return str(address).split("/")[2]


def test_a_link(origin: Licensed) -> None:
    status, link = made(origin, title="film", ttl=60, address="192.0.2.0/24")
    token = token_in(link["hls"])
    assert (status, link) == (
        201,
        {
            "expires_in": 60,
            "hls": f"/s/{token}/titles/film/master.m3u8",
            "dash": f"/s/{token}/titles/film/manifest.mpd",
            "watch": f"/s/{token}/watch/film",
        },
    )
    grant = read(token, origin.store.links.keys())
    assert (grant.title, grant.version, str(grant.network)) == ("film", "", "192.0.2.0/24")


def test_a_link_to_one_version_and_by_cookie(origin: Licensed) -> None:
    _, link = made(origin, title="film", version="v1", cookie=True)
    token = token_in(link["cookie"])
    assert link == {
        "expires_in": 6 * 3600,
        "hls": "/titles/film/v/v1/master.m3u8",
        "dash": "/titles/film/v/v1/manifest.mpd",
        "cookie": f"/s/{token}/cookie",
    }
    assert read(token, origin.store.links.keys()).folder == "film/v/v1/"


def test_dash_is_not_offered_where_there_is_none(origin: Licensed) -> None:
    assert "dash" not in made(origin, title="secret")[1]


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"title": "none"}, (404, "unknown_title")),
        ({"title": "film", "version": "v3"}, (404, "unknown_title")),
        ({"title": "../film"}, (400, "bad_request")),
        ({"title": "film", "ttl": 0}, (400, "bad_request")),
        ({"title": "film", "ttl": 86_401}, (400, "bad_request")),
        ({"title": "film", "address": "somewhere"}, (400, "bad_request")),
        ({"title": "film", "host": "evil.example"}, (400, "bad_request")),
    ],
)
def test_links_that_are_not_made(
    origin: Licensed, asked: dict[str, object], refusal: tuple[int, str]
) -> None:
    status, told = made(origin, **asked)
    assert (status, told) == (refusal[0], {"reason": refusal[1]})


def test_who_has_no_key_gets_no_link(origin: Licensed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "telecine.audit")
    answers = [origin.ask("POST", "/api/links", token, body=b'{"title": "film"}') for token in ("", "guess")]
    assert [(one.status_code, one.json()["reason"]) for one in answers] == [
        (401, "no_api_key"),
        (401, "bad_api_key"),
    ]
    made(origin, title="film")
    lines = [json.loads(record.message) for record in caplog.records]
    assert [(line["event"], line["decision"]) for line in lines] == [("link", "refused")] * 2 + [
        ("link", "granted")
    ]
    assert lines[-1]["title"] == "film"

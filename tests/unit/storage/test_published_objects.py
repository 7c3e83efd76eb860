"""What a bucket says of published objects to whoever reads it without us: a CDN, a player."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from pipeline.errors import StorageError
from pipeline.storage.s3.storage import S3Storage
from tests.support.s3 import SERVERS, server

PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:7\n" * 40
STABLE = "public, max-age=5, stale-if-error=86400"
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture(params=SERVERS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> S3Storage:
    return server(request.param).storage(tmp_path)


def said(storage: S3Storage, key: str) -> dict[str, Any]:
    found = storage.place.client.head_object(**storage.place.at(key))
    names = ("ContentType", "CacheControl", "ContentEncoding")
    return {name: found[name] for name in names if found.get(name)}  # type: ignore[literal-required]


@pytest.mark.parametrize(
    ("key", "type_", "cache", "encoding"),
    [
        ("titles/film/master.m3u8", "application/vnd.apple.mpegurl", STABLE, "gzip"),
        ("titles/film/manifest.mpd", "application/dash+xml", STABLE, "gzip"),
        ("titles/film/v/1/video/h264-90/media.m3u8", "application/vnd.apple.mpegurl", IMMUTABLE, "gzip"),
        ("titles/film/v/1/text/en.vtt", "text/vtt; charset=utf-8", IMMUTABLE, "gzip"),
        ("titles/film/v/1/report.json", "application/json", IMMUTABLE, "gzip"),
        ("titles/film/v/1/video/h264-90/seg-00001.m4s", "video/iso.segment", IMMUTABLE, None),
        ("titles/film/v/1/images/poster.jpg", "image/jpeg", IMMUTABLE, None),
        ("artifacts/a1/done.json", "application/json", None, None),
        ("masters/00/film", "application/octet-stream", None, None),
    ],
)
def test_type_caching_and_encoding(
    storage: S3Storage, key: str, type_: str, cache: str | None, encoding: str | None
) -> None:
    storage.put(key, PLAYLIST)
    due = {"ContentType": type_, "CacheControl": cache, "ContentEncoding": encoding}
    assert said(storage, key) == {name: value for name, value in due.items() if value}


def test_a_player_gets_gzip_and_we_get_text(storage: S3Storage) -> None:
    storage.put("titles/film/master.m3u8", PLAYLIST)
    with urlopen(Request(storage.url("titles/film/master.m3u8"))) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        body = answer.read()
    assert gzip.decompress(body) == PLAYLIST
    assert len(body) < len(PLAYLIST) / 5
    with storage.ranged("titles/film/master.m3u8") as file:
        assert (file.seek(8), file.read(8)) == (8, b"#EXT-X-V")


def test_the_same_text_gives_the_same_bytes(storage: S3Storage) -> None:
    tags = set()
    for key in ("titles/film/v/1/master.m3u8", "titles/film/v/2/master.m3u8"):
        storage.put(key, PLAYLIST)
        tags.add(storage.place.client.head_object(**storage.place.at(key))["ETag"])
    assert len(tags) == 1


def test_text_that_gzip_makes_no_smaller_stays_as_it_is(storage: S3Storage) -> None:
    for key, body in (("titles/film/empty.m3u8", b""), ("titles/film/short.json", json.dumps({}).encode())):
        storage.put(key, body)
        assert "ContentEncoding" not in said(storage, key)
        with storage.open(key) as file:
            assert file.read() == body


def test_what_says_to_be_gzip_and_is_not_is_refused(storage: S3Storage) -> None:
    at = storage.place.at("titles/film/master.m3u8")
    for body in (b"#EXTM3U", gzip.compress(PLAYLIST)[:-9]):
        storage.place.client.put_object(**at, Body=body, ContentEncoding="gzip")
        with pytest.raises(
            StorageError, match=r"cannot read titles/film/master.m3u8: what is stored is no gzip"
        ):
            storage.open("titles/film/master.m3u8")

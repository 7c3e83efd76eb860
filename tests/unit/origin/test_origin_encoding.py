"""gzip for playlists and manifests: HLS authoring rule 10.1, RFC 9110, section 12.5.3."""

import pytest

from pipeline.origin.encodings import accepts_gzip
from pipeline.origin.folder import Folder
from pipeline.origin.resource import load
from pipeline.storage.mediatypes import MediaType

MASTER = "/titles/bird/master.m3u8"


@pytest.mark.parametrize(
    "field",
    [
        b"gzip",
        b"GZIP",
        b"x-gzip",
        b"deflate, gzip, br",
        b"gzip;q=0.5",
        b"gzip; q=0.001",
        b"br;q=1.0, gzip;q=0.8, *;q=0.1",
        b"*",
        b"identity;q=0, *",
    ],
)
def test_accepted(field):
    assert accepts_gzip(field)


@pytest.mark.parametrize(
    "field",
    [b"", b"identity", b"br", b"gzip;q=0", b"gzip; q=0.000", b"*;q=0", b"gzip;q=0, *", b"gzippy", b",;,="],
)
def test_refused(field):
    assert not accepts_gzip(field)


@pytest.mark.parametrize(
    "path", [MASTER, "/titles/bird/manifest.mpd", "/titles/bird/v/7f3a/video/avc-720/media.m3u8"]
)
def test_playlists_and_manifests_are_compressed(ask, path):
    plain, packed = ask(path), ask(path, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.content == plain.content
    assert "content-encoding" not in plain.headers


def test_both_representations_vary_and_have_tags_of_their_own(ask):
    plain, packed = ask(MASTER), ask(MASTER, Accept_Encoding="gzip")
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'


def test_a_tag_holds_for_its_own_representation_only(ask):
    plain, packed = ask(MASTER), ask(MASTER, Accept_Encoding="gzip")
    assert ask(MASTER, Accept_Encoding="gzip", If_None_Match=packed.headers["etag"]).status_code == 304
    assert ask(MASTER, Accept_Encoding="gzip", If_None_Match=plain.headers["etag"]).status_code == 200
    assert ask(MASTER, If_None_Match=packed.headers["etag"]).status_code == 200


def test_a_range_is_of_the_file_itself(ask):
    answer = ask(MASTER, Accept_Encoding="gzip", Range="bytes=0-6")
    assert answer.content == b"#EXTM3U"
    assert "content-encoding" not in answer.headers


def test_media_is_never_compressed(ask, segment):
    answer = ask(segment, Accept_Encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers


def test_the_time_of_compression_leaves_no_trace(root):
    file = Folder(root / "titles").open("bird/master.m3u8")
    packed = load(file, MediaType(b"text/plain", compressible=True), b"no-cache").resource.compressed
    assert packed.content[:3] == b"\x1f\x8b\x08"
    assert packed.content[4:8] == b"\0\0\0\0"


def test_an_empty_playlist_stays_as_it_is(ask, root):
    (root / "titles/bird/empty.m3u8").touch()
    answer = ask("/titles/bird/empty.m3u8", Accept_Encoding="gzip")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")

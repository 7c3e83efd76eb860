"""What an origin serves from a bucket: the same as from a folder, on two servers of S3."""

import gzip
import hashlib
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from bucketing import Bench, Origin, bench_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SIZE = 2_500_001
"""Two whole spans of 1 MiB, and a part."""

FILM = "bird/v/7f3a/video/seg-00001.m4s"
MASTER = "bird/master.m3u8"
TEXT = b"#EXTM3U\n" + b"#EXTINF:4,\nseg-00001.m4s\n" * 50


@pytest.fixture(scope="module", params=["swift", "ministack"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    with bench_of(request.param, folder) as bench:
        (folder / "film").write_bytes(random.Random(5).randbytes(SIZE))
        bench.publish(FILM, (folder / "film").read_bytes())
        bench.publish(MASTER, TEXT)
        bench.publish("bird/v/7f3a/init.mp4", b"init")
        bench.publish("bird/v/7f3a/empty.mp4", b"")
        bench.storage.put("masters/bird.mp4", b"secret")
        yield bench


@pytest.fixture(scope="module")
def origin(published: Bench) -> Origin:
    return published.origin()


@pytest.fixture(scope="module")
def forgetful(published: Bench) -> Origin:
    """It has to read most blocks anew."""
    return published.origin(memory=1 << 20)


@pytest.fixture(scope="module")
def film(published: Bench) -> Iterator[int]:
    """The file that was uploaded, open."""
    descriptor = os.open(published.folder / "film", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_a_segment_whole(origin, film):
    answer = origin.ask(FILM)
    assert answer.status_code == 200
    assert answer.content == os.pread(film, SIZE, 0)
    assert answer.headers["content-length"] == "2500001"
    assert answer.headers["content-type"] == "video/iso.segment"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_its_tag_is_the_hash_of_the_content_as_from_a_folder(origin, film):
    assert origin.ask(FILM).headers["etag"] == f'"{hashlib.sha256(os.pread(film, SIZE, 0)).hexdigest()[:32]}"'
    assert origin.ask("bird/v/7f3a/init.mp4").headers["etag"] == '"bb54068aea85faa7e487530083366be9"'


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, SIZE - 1), length=st.integers(1, SIZE))
def test_any_range(forgetful, film, first, length):
    last = min(first + length, SIZE) - 1
    answer = forgetful.ask(FILM, Range=f"bytes={first}-{last}")
    assert answer.status_code == 206
    assert answer.content == os.pread(film, last + 1 - first, first)
    assert answer.headers["content-range"] == f"bytes {first}-{last}/2500001"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.sampled_from([1, 1 << 18, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2 << 20, SIZE - 1])))
def test_parts_join_to_the_whole(origin, film, cuts):
    edges = [0, *sorted(cuts), SIZE]
    parts = [origin.ask(FILM, Range=f"bytes={start}-{end - 1}").content for start, end in pairwise(edges)]
    assert b"".join(parts) == os.pread(film, SIZE, 0)


def test_conditions(origin):
    tag = origin.ask(FILM).headers["etag"]
    assert origin.ask(FILM, If_None_Match=tag).status_code == 304
    assert origin.ask(FILM, If_Match='"other"').status_code == 412
    assert origin.ask(FILM, Range="bytes=2500001-").status_code == 416
    assert origin.ask(FILM, "HEAD").headers["content-length"] == "2500001"


def test_an_empty_file(origin):
    answer = origin.ask("bird/v/7f3a/empty.mp4")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    "path",
    [
        "bird/none.m3u8",
        "../masters/bird.mp4",
        "bird/../../masters/bird.mp4",
        "bird//master.m3u8",
        "bird/.hidden.mp4",
        "bird/notes.txt",
        "bird",
        "",
        "a" * 1020 + ".mp4",
    ],
)
def test_what_is_not_published(origin, path):
    answer = origin.ask(f"/{path}")
    assert (answer.status_code, answer.content) == (404, b"Not found\n")


def test_text_is_stored_as_gzip_and_served_as_either(origin):
    plain, packed = origin.ask(MASTER), origin.ask(MASTER, Accept_Encoding="gzip")
    assert plain.content == packed.content == TEXT
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(TEXT, mtime=0))
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == plain.headers["etag"].removesuffix('"') + '-gzip"'


def test_ranges_of_such_text_are_of_the_plain_bytes(origin):
    answer = origin.ask(MASTER, Range="bytes=8-17", Accept_Encoding="gzip")
    assert (answer.status_code, answer.content) == (206, b"#EXTINF:4,")
    assert answer.headers["content-range"] == f"bytes 8-17/{len(TEXT)}"


def test_an_object_that_others_stored_goes_by_the_tag_of_s3(published, origin):
    place = published.storage.place
    stored = place.client.put_object(**place.at("titles/bird/v/7f3a/other.mp4"), Body=b"other")
    answer = origin.ask("bird/v/7f3a/other.mp4")
    assert (answer.content, answer.headers["etag"]) == (b"other", stored["ETag"])


BOMB = gzip.compress(bytes(17 << 20))


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(TEXT)[:-9], BOMB], ids=["none", "cut", "bomb"])
def test_gzip_that_cannot_be_unpacked_is_not_served(published, caplog, body):
    place = published.storage.place
    place.client.put_object(**place.at("titles/bird/v/7f3a/odd.vtt"), Body=body, ContentEncoding="gzip")
    answer = published.origin().ask("bird/v/7f3a/odd.vtt")
    assert (answer.status_code, answer.content) == (503, b"Temporarily unavailable\n")
    assert "bird/v/7f3a/odd.vtt" in caplog.text


def test_wrong_credentials_are_logged_without_them(published, tmp_path, caplog):
    profile = tmp_path / "aws"
    text = published.bucket.profile_file.read_text()
    secret = next(line.split(" = ")[1] for line in text.splitlines() if "secret" in line)
    profile.write_text(text.replace(secret, "wrong-and-secret").replace("test", "unknown"))
    origin = Origin(replace(published.bucket, profile_file=profile), tmp_path)
    assert origin.ask(MASTER).status_code == 503
    assert "credentials" in caplog.text
    assert "wrong-and-secret" not in caplog.text

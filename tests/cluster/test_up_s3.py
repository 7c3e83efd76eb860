"""`telecine up --storage`: a whole site with masters, artifacts and titles in a bucket, embedded or not."""

import gzip
import signal
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord
from pipeline.settings import Settings
from pipeline.site.storage import embedded
from pipeline.storage.location import Bucket
from pipeline.storage.opening import open_storage
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.settings import S3Settings
from samples.master import MasterSpec, Picture, make_master
from tests.support.barcode import read_frame_number
from tests.support.decode import frames
from tests.support.manifests import named_in
from tests.support.s3 import TOOLS, server
from tests.support.site import QUICK_H264
from tests.support.up import PATIENCE, Up, running_up
from tests.support.waiting import wait_until

RATE = 25
TRAILER = 8 * RATE
ARRIVAL = 24 * RATE
"""Frames."""

MANIFESTS = ("master.m3u8", "manifest.mpd")


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """With the embedded S3; one for all tests, for its start takes seconds."""
    environment = TOOLS / "swift"
    if not environment.exists():
        pytest.skip("no swift: run tests/install-tools")
    folder = tmp_path_factory.mktemp("embedded")
    with running_up(folder, "--storage", "s3", TELECINE_SWIFT_VENV=str(environment)) as up:
        yield up


@pytest.fixture(scope="module")
def trailer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trailer") / "trailer.mp4"
    make_master(path, MasterSpec(seconds=Fraction(TRAILER, RATE), picture=Picture(320, 180, Fraction(RATE))))
    return path


@pytest.fixture
def ladder(tmp_path: Path) -> Path:
    path = tmp_path / "quick.yaml"
    path.write_text(QUICK_H264)
    return path


def numbers(source: str | Path, rung: int) -> list[int | None]:
    return [read_frame_number(frame.luma) for frame in frames(source, rung)]


def fetched(bucket: Bucket, title: str, folder: Path) -> Path:
    """The title's folder, got from the bucket by a client of S3 that knows nothing of storages."""
    client = Connection(S3Settings(), bucket.profile_file).client
    below = f"{bucket.prefix}titles/{title}/"
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, Prefix=below):
        for found in page["Contents"]:
            path = folder / found["Key"].removeprefix(below)
            path.parent.mkdir(parents=True, exist_ok=True)
            got = client.get_object(Bucket=bucket.name, Key=found["Key"])
            body = got["Body"].read()
            path.write_bytes(gzip.decompress(body) if got.get("ContentEncoding") == "gzip" else body)
    return folder


def assert_plays(up: Up, bucket: Bucket, title: str, count: int, folder: Path) -> None:
    """From the bucket and from the origin, every frame of both rungs."""
    copy = fetched(bucket, title, folder)
    with httpx.Client(base_url=f"{up.url}/titles/{title}/") as client:
        for manifest in MANIFESTS:
            text = (copy / manifest).read_text()
            for path in (manifest, *named_in(manifest, text, lambda name: (copy / name).read_bytes())):
                assert client.get(path).content == (copy / path).read_bytes()
            assert numbers(copy / manifest, 0) == list(range(count))
    assert numbers(f"{up.url}/titles/{title}/master.m3u8", 1) == list(range(count))


def test_a_site_on_the_embedded_s3_plays_what_is_uploaded(
    swift: Up, trailer: Path, ladder: Path, tmp_path: Path
) -> None:
    bucket = embedded(swift.root)
    done = swift.telecine("upload", trailer, "--ladder", ladder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "HLS   s3://telecine/titles/trailer/master.m3u8\nDASH  s3://telecine/titles/trailer/manifest.mpd\n"
    )
    assert_plays(swift, bucket, "trailer", TRAILER, tmp_path / "first")
    assert not {"titles", "artifacts", "masters"} & {path.name for path in swift.root.iterdir()}
    secret = (swift.root / "s3/aws").read_text().split("secret_access_key = ")[1].split()[0]
    assert secret not in swift.said() + (swift.root / "logs/telecine.log").read_text()
    elsewhere = swift.telecine("encode", trailer, "--storage", "s3://elsewhere")
    assert (elsewhere.returncode, "its embedded S3, not in s3://elsewhere" in elsewhere.stderr) == (2, True)


def test_a_site_on_a_bucket_of_somebody_elses_plays_what_is_uploaded(
    trailer: Path, ladder: Path, tmp_path: Path
) -> None:
    emulator = server("ministack")
    own = emulator.new_bucket()
    bucket = Bucket(own.name, "films/ours/", emulator.profile)
    chain = {"AWS_CONFIG_FILE": str(emulator.profile)}
    with running_up(tmp_path, "--storage", f"s3://{bucket.name}/films/ours", **chain) as up:
        done = up.telecine("upload", trailer, "--ladder", ladder)
        assert done.returncode == 0, done.stderr
        assert f"HLS   s3://{bucket.name}/films/ours/titles/trailer/master.m3u8\n" in done.stdout
        assert_plays(up, bucket, "trailer", TRAILER, tmp_path / "copy")


def test_an_embedded_s3_that_is_killed_comes_back_with_everything_and_the_job_goes_on(
    swift: Up, films: dict[str, Path], ladder: Path, tmp_path: Path
) -> None:
    done = swift.telecine("upload", films["arrival"], "--ladder", ladder, "--detach")
    assert done.returncode == 0, done.stderr
    job = done.stdout.strip()
    bucket = embedded(swift.root)
    with closing(Catalog(Settings(swift.root, jobs=1).catalog_url)) as catalog:

        def kinds(state: str) -> set[str]:
            return {step.kind for step in catalog.steps.of(job) if step.state == state}

        def record() -> JobRecord:
            found = catalog.jobs.get(job)
            assert found is not None
            return found

        wait_until(lambda: "encode" in kinds("running"), PATIENCE)
        storage = open_storage(bucket, tmp_path / "scratch")
        before = list(storage.list("artifacts")) + list(storage.list("masters"))
        (server,) = swift.parts("inside/serve.py")
        server.send_signal(signal.SIGKILL)
        wait_until(
            lambda: [s.pid for s in swift.parts("inside/serve.py")] not in ([], [server.pid]), PATIENCE
        )
        wait_until(lambda: record().state != "running", 2 * PATIENCE)
        assert (record().state, record().error, record().retries) == ("done", None, 0)
        after = list(storage.list("artifacts")) + list(storage.list("masters"))
        assert set(before) <= set(after)
    assert numbers(f"{swift.url}/titles/arrival/master.m3u8", 0) == list(range(ARRIVAL))


def test_a_site_that_starts_again_need_not_be_told_where_its_titles_are(
    swift: Up, trailer: Path, ladder: Path
) -> None:
    assert swift.stop() == 0
    swift.start("--workers", "1")
    swift.wait_until_ready()
    done = swift.telecine("upload", trailer, "--ladder", ladder, "--title", "trailer")
    assert (done.returncode, done.stdout.split()[1]) == (0, "s3://telecine/titles/trailer/master.m3u8")
    assert numbers(f"{swift.url}/titles/trailer/master.m3u8", 0) == list(range(TRAILER))

"""The policies of docs/s3.md allow what telecine does in a bucket, and nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from recorded import Asked, policy, recording, refused, unused

from pipeline.cli import main
from pipeline.origin.bucket.reader import Reader
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.storage.base import Storage
from pipeline.storage.location import Bucket
from pipeline.storage.opening import open_storage
from pipeline.storage.s3.storage import S3Storage
from pipeline.upload import PART, upload
from tests.support.s3 import server
from tests.unit.runner.jobs import encode, site_in, spec_of

PREFIX = "vod/"


@pytest.fixture
def master(media: Callable[..., Path]) -> Path:
    return media("second.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg4")


def new_bucket(name: str, monkeypatch: pytest.MonkeyPatch, root: Path) -> Bucket:
    """One that commands on a site in `root` use."""
    made = server(name).new_bucket()
    for variable in [found for found in os.environ if found.startswith(("AWS_", "TELECINE_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(made.profile_file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("TELECINE_ROOT", str(root))
    return Bucket(made.name, PREFIX, made.profile_file)


def run(*words: str) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output + repr(result.exception)


def check(heading: str, bucket: Bucket, asked: Asked) -> None:
    statements = policy(heading, bucket.name, PREFIX)
    assert refused(asked, statements) == set()
    assert unused(asked, statements) == set()


def use_all(site: Site, master: Path) -> None:
    """What workers and operators do with the storage of a site."""
    upload(site.storage, master, lambda _: None)
    done = run_job(site, spec_of(master), lambda _: None)
    run("rollback", "film", done.version, "--check")
    give_up_half_way(site.storage)
    run("gc", "--grace", "0", "--yes")
    run("delete", "film", "--yes", "--now")


# Swift keeps no digests of parts, so that telecine's own notes of them are among what is asked for.
def test_workers(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = new_bucket("swift", monkeypatch, tmp_path)
    monkeypatch.setenv("TELECINE_STORAGE", f"{bucket}")
    with recording(monkeypatch) as asked:
        site = Site.open(Settings.load())
        use_all(site, master)
        site.catalog.close()
    check("Worker", bucket, asked)


def test_clients_that_upload(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = new_bucket("swift", monkeypatch, tmp_path)
    with recording(monkeypatch) as asked:
        storage = open_storage(bucket, tmp_path / "scratch")
        give_up_half_way(storage)
        upload(storage, master, lambda _: None)
        upload(storage, master, lambda _: None)
    check("Uploading client", bucket, asked)


def give_up_half_way(storage: Storage) -> None:
    begun = storage.uploads.begin("masters/00/film.mov", PART)
    begun.close()
    storage.uploads.abort(begun.key, begun.id)


def test_the_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = new_bucket("swift", monkeypatch, tmp_path)
    server("swift").connection().client.put_object(
        Bucket=bucket.name, Key=f"{PREFIX}titles/film/master.m3u8", Body=b"#EXTM3U"
    )
    with recording(monkeypatch) as asked:
        storage = open_storage(bucket, tmp_path / "scratch")
        assert isinstance(storage, S3Storage)
        reader = Reader(storage.place)
        assert reader.look("film/master.m3u8", None)
        with pytest.raises(FileNotFoundError):
            reader.look("film/manifest.mpd", None)
    statements = policy("Origin", bucket.name, PREFIX)
    assert refused(asked, statements) == set()
    # It never lists: S3 says 404 only to those who may.
    assert unused(asked, statements) == {("s3:ListBucket", f"arn:aws:s3:::{bucket.name}")}


def test_where_titles_are_published_to(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_in(tmp_path)
    encode(site, master)
    bucket = new_bucket("ministack", monkeypatch, site.settings.root)
    with recording(monkeypatch) as asked:
        run("publish", "film", "--to", str(bucket))
        run("package", "film", "--drm", "aes-128")  # which has no MPD
        run("publish", "film", "--to", str(bucket))
    site.catalog.close()
    check("Target of `publish --to`", bucket, asked)


def test_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = new_bucket("ministack", monkeypatch, tmp_path)
    monkeypatch.setenv("TELECINE_STORAGE", f"{bucket}")
    monkeypatch.setenv("TELECINE_S3_SSE", "aws:kms")
    server("ministack").connection().client.delete_public_access_block(Bucket=bucket.name)
    Site.open(Settings.load()).catalog.close()
    with recording(monkeypatch) as asked:
        run("storage", "setup")
    check("Setup", bucket, asked)


def test_doctor_needs_what_workers_may_and_what_setup_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = new_bucket("ministack", monkeypatch, tmp_path)
    monkeypatch.setenv("TELECINE_STORAGE", f"{bucket}")
    Site.open(Settings.load()).catalog.close()
    with recording(monkeypatch) as asked:
        run("storage", "check")
    both = [one for heading in ("Worker", "Setup") for one in policy(heading, bucket.name, PREFIX)]
    assert refused(asked, both) == set()

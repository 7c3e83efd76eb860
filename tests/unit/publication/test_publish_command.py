"""`telecine publish --to`, as a user types it."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from two_versions import TwoVersions, contents, manifests

from pipeline.cli import main
from pipeline.storage.local import LocalStorage
from pipeline.storage.location import Bucket
from pipeline.storage.opening import open_storage
from tests.support.broker import free_port
from tests.support.s3 import server


@pytest.fixture(autouse=True)
def the_site(film: TwoVersions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_ROOT", str(film.site.settings.root))
    for name in ("TELECINE_STORAGE", "TELECINE_CATALOG", "TELECINE_PURGE_URL"):
        monkeypatch.delenv(name, raising=False)


def publish(*words: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["publish", "film", *map(str, words)])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_to_a_folder(film: TwoVersions, tmp_path: Path) -> None:
    place = tmp_path / "there"
    told = publish("--to", place)
    assert told.stdout == f"HLS   {place}/titles/film/master.m3u8\nDASH  {place}/titles/film/manifest.mpd\n"
    there = LocalStorage(place, tmp_path / "scratch")
    assert manifests(there) == manifests(film.storage)
    assert [path.name for path in place.iterdir()] == ["titles"]


def test_another_version_and_what_programs_are_told(film: TwoVersions, tmp_path: Path) -> None:
    events = [
        json.loads(line)
        for line in publish(
            "--to", tmp_path / "there", "--version", film.first[:8], "--json"
        ).stdout.splitlines()
    ]
    assert {event["event"] for event in events[:-1]} == {"uploading"}
    assert {event["phase"] for event in events[:-1]} == {"copying"}
    assert (events[-1]["event"], events[-1]["version"]) == ("published", film.first)
    assert events[-1]["hls"] == f"{tmp_path}/there/titles/film/master.m3u8"
    assert list((tmp_path / "there/titles/film/v").iterdir()) == [
        tmp_path / "there/titles/film/v" / film.first
    ]


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """One that the AWS profile `cdn` leads to, while the environment leads elsewhere."""
    made = server("ministack").new_bucket()
    assert made.profile_file is not None
    config = tmp_path / "config"
    config.write_text(made.profile_file.read_text().replace("[default]", "[profile cdn]"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    return Bucket(made.name, "vod/", made.profile_file)


def test_to_a_bucket_of_another_account(film: TwoVersions, bucket: Bucket, tmp_path: Path) -> None:
    told = publish("--to", f"s3://{bucket.name}/vod", "--profile", "cdn")
    assert told.stdout.splitlines()[0] == f"HLS   s3://{bucket.name}/vod/titles/film/master.m3u8"
    there = open_storage(bucket, tmp_path / "scratch")
    assert manifests(there) == manifests(film.storage)
    assert {key.split("/")[3] for key in contents(there, "titles/film/v")} == {film.second}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (
            ("--to", "s3://Not_A_Bucket"),
            2,
            "s3://Not_A_Bucket: not the name of a bucket; give s3://bucket/prefix",
        ),
        (("--to", "SITE"), 2, "is where the titles of this site are; see `telecine rollback`"),
        (("--to", "there", "--profile", "cdn"), 2, "--profile is for a bucket, and --to names a folder"),
        (("--to", "there", "--version", "nope"), 2, "film: 'nope' does not name one of its versions: "),
        (("--to", "/dev/null/there"), 7, "cannot write to /dev/null/there"),
        (("--to", "s3://bucket", "--profile", "none"), 7, "The config profile (none) could not be found"),
        (("--to", "s3://there-is-no-such-bucket", "--profile", "cdn"), 7, "there is no such bucket"),
    ],
)
def test_what_cannot_be_is_refused(
    film: TwoVersions, bucket: Bucket, words: tuple[str, ...], code: int, told: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    root = str(film.site.settings.root)
    result = publish(*(root if word == "SITE" else word for word in words), code=code)
    assert told in result.stderr
    assert not list(tmp_path.rglob("*.m3u8"))


def test_a_title_that_shows_nothing_needs_a_version(film: TwoVersions, tmp_path: Path) -> None:
    film.site.catalog.titles.hide("film")
    try:
        refused = publish("--to", tmp_path / "there", code=2)
    finally:
        film.site.catalog.titles.show("film", film.second)
    assert refused.stderr.endswith("telecine: film: shows no version; name one with --version\n")

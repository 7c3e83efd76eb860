"""Which storage belongs to a site."""

import json
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.site.storage import note_storage
from pipeline.storage.location import Bucket, Location, address


def storage(root: Path, asked: str = "") -> Location:
    return Settings(root=root, jobs=1, storage_url=asked).storage


def test_titles_are_in_the_folder_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    assert storage(tmp_path) == tmp_path
    assert storage(tmp_path, "/mnt/titles") == Path("/mnt/titles")
    assert storage(tmp_path, "s3://films/ours") == Bucket("films", "ours/")
    assert storage(tmp_path, "s3") == Bucket("telecine", "", tmp_path / "s3" / "aws")


def started(root: Path) -> None:
    """As if an S3 had been embedded there."""
    (root / "s3").mkdir(parents=True, exist_ok=True)
    (root / "s3" / "aws").touch()


def test_an_embedded_s3_has_to_be_started_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        note_storage(tmp_path, storage(tmp_path, "s3"))
    assert str(refused.value) == (
        f"{tmp_path} embeds no S3 yet: start one with `telecine up -o {tmp_path} --storage s3`"
    )
    assert storage(tmp_path) == tmp_path


@pytest.mark.parametrize("asked", ["s3", "s3://films/ours", "s3://films", "/mnt/titles"])
def test_what_a_site_was_told_once_it_knows(tmp_path: Path, asked: str) -> None:
    started(tmp_path)
    first = storage(tmp_path, asked)
    note_storage(tmp_path, first)
    assert storage(tmp_path) == first
    assert storage(tmp_path, asked) == first
    assert json.loads((tmp_path / "storage.json").read_bytes()) == {"storage": asked}


def test_a_folder_that_is_not_there_yet_is_made_for_the_note(tmp_path: Path) -> None:
    note_storage(tmp_path / "new", Bucket("films"))
    assert storage(tmp_path / "new") == Bucket("films")


def test_a_site_in_its_folder_notes_nothing(tmp_path: Path) -> None:
    note_storage(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_site_that_moved_finds_its_embedded_s3(tmp_path: Path) -> None:
    root = tmp_path / "site"
    started(root)
    note_storage(root, storage(root, "s3"))
    moved = root.rename(tmp_path / "moved")
    assert storage(moved) == Bucket("telecine", "", moved / "s3" / "aws")


@pytest.mark.parametrize(
    ("has", "asked", "told"),
    [
        ("s3", "s3://telecine", "has its titles in its embedded S3, not in s3://telecine"),
        ("s3://films/a", "s3://films/b", "has its titles in s3://films/a, not in s3://films/b"),
        ("s3://films/a", "/mnt/titles", "has its titles in s3://films/a, not in /mnt/titles"),
        ("/mnt/titles", "s3", "has its titles in /mnt/titles, not in its embedded S3"),
    ],
)
def test_titles_in_two_places_never_mix(tmp_path: Path, has: str, asked: str, told: str) -> None:
    started(tmp_path)
    note_storage(tmp_path, storage(tmp_path, has))
    with pytest.raises(UsageError) as refused:
        storage(tmp_path, asked)
    assert str(refused.value) == (
        f"the site in {tmp_path} {told}; choose another folder for a new site with -o"
    )


@pytest.mark.parametrize("folder", ["masters", "artifacts", "titles"])
def test_a_folder_with_titles_takes_no_bucket(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    assert storage(tmp_path, str(tmp_path)) == tmp_path
    with pytest.raises(UsageError, match=r"has its titles in that folder itself, not in s3://films;"):
        storage(tmp_path, "s3://films")


@pytest.mark.parametrize("note", [b"", b"{}", b'{"storage": 1}'])
def test_a_damaged_note_is_no_reason_to_store_elsewhere(tmp_path: Path, note: bytes) -> None:
    (tmp_path / "storage.json").write_bytes(note)
    with pytest.raises(
        UsageError, match=r'storage\.json is damaged; it was {"storage": "s3://bucket/prefix"}'
    ):
        storage(tmp_path)


def test_people_are_told_paths_and_names_in_buckets() -> None:
    assert address(Path("/srv/site"), "titles/film/master.m3u8") == "/srv/site/titles/film/master.m3u8"
    assert address(Bucket("films"), "titles/film/manifest.mpd") == "s3://films/titles/film/manifest.mpd"
    assert address(Bucket("films", "a/b/"), "titles/film") == "s3://films/a/b/titles/film"

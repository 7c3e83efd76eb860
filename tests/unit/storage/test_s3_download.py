"""Objects fetched whole: what is taken for right, and what becomes of the disk."""

import datetime
import time
from pathlib import Path

import botocore.auth
import pytest

from pipeline.errors import DiskFullError, RefusedError, StorageError
from pipeline.storage.s3 import large
from pipeline.storage.s3.download import PART
from pipeline.storage.s3.headers import digest_in
from pipeline.storage.s3.storage import S3Storage
from tests.support.s3 import server

LARGE = b"f" * (PART + 1)


@pytest.fixture
def storage(tmp_path: Path) -> S3Storage:
    return server("swift").storage(tmp_path)


def put(storage: S3Storage, body: bytes, metadata: dict[str, str]) -> None:
    """As another program might."""
    storage.place.client.put_object(**storage.place.at("a"), Body=body, Metadata=metadata)


def test_what_others_stored_is_read_as_it_is(storage: S3Storage) -> None:
    put(storage, b"frames", {})
    with storage.open("a") as file:
        assert file.read() == b"frames"


@pytest.mark.parametrize("body", [b"frames", LARGE], ids=["small", "large"])
def test_what_is_not_what_its_digest_says_is_refused(storage: S3Storage, body: bytes) -> None:
    put(storage, body, {"sha256": "00" * 32})
    with pytest.raises(StorageError, match="cannot read a: it is not what was stored: its checksum differs"):
        storage.open("a")
    assert [path for path in storage.scratch.rglob("*") if path.is_file()] == []


def test_a_digest_is_found_under_a_key_in_any_case() -> None:
    assert digest_in({"Title": "film", "Sha256": "ab"}) == "ab"
    assert digest_in({"Title": "film"}) is None


def test_a_large_object_comes_in_ranges_and_leaves_nothing(storage: S3Storage) -> None:
    storage.put("a", LARGE)
    with storage.open("a") as file:
        assert file.read() == LARGE
        assert list(storage.scratch.iterdir()) == []


def test_a_full_disk_here_is_told(storage: S3Storage, small_disk: Path) -> None:
    storage.put("a", LARGE)
    here = S3Storage(storage.place, small_disk / "scratch")
    with pytest.raises(DiskFullError, match="cannot read a: the disk is full; free some space"):
        here.open("a")
    assert list(here.scratch.iterdir()) == []


def test_ranges_are_whole_blocks() -> None:
    """What has arrived is hashed by blocks while the next range may be on its way."""
    assert large.PART % large.BLOCK == 0


def test_a_clock_that_is_wrong_is_told(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the server for what has an answer with words, and by us for what has none."""
    right, real = time.time, botocore.auth.get_current_datetime  # type: ignore[attr-defined]
    monkeypatch.setattr(time, "time", lambda: right() + 7200)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: real() + datetime.timedelta(hours=2))
    with pytest.raises(RefusedError, match="cannot store a: this machine's clock is wrong; set it"):
        storage.put("a", b"frames")
    with pytest.raises(RefusedError, match="cannot look for a: this machine's clock is wrong; set it"):
        storage.head("a")

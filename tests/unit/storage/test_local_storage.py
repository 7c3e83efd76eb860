"""What is particular to storage in a folder: renaming, full disks, permissions."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import DiskFullError, StorageError
from pipeline.storage.base import Entry
from pipeline.storage.local import LocalStorage
from tests.conftest import SMALL_DISK

LARGE = SMALL_DISK * 3 // 4
"""Bytes that fit onto the disk once, but not twice."""


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "root", tmp_path / "root/tmp/test")


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_is_told_and_nothing_half_written_stays(small_disk: Path) -> None:
    storage = LocalStorage(small_disk, small_disk / "tmp")
    storage.put("kept", b"k" * 1000)
    with pytest.raises(DiskFullError, match="cannot store a/big: the disk is full; free some space"):
        storage.put("a/big", b"x" * SMALL_DISK)
    assert files(small_disk) == ["kept"]
    storage.put("a/small", b"fits again")


def test_a_full_disk_keeps_the_object_that_was_to_be_replaced(small_disk: Path) -> None:
    storage = LocalStorage(small_disk, small_disk / "tmp")
    storage.put("a", b"a" * LARGE)
    with pytest.raises(DiskFullError):
        storage.put("a", b"b" * LARGE)
    with storage.open("a") as file:
        assert file.read() == b"a" * LARGE


def test_a_file_of_another_disk_finds_no_room(small_disk: Path, tmp_path: Path) -> None:
    storage = LocalStorage(small_disk, small_disk / "tmp")
    source = tmp_path / "chunk.mp4"
    source.write_bytes(b"x" * (SMALL_DISK + 1))
    with pytest.raises(DiskFullError):
        storage.put_file("artifacts/chunk.mp4", source)
    assert files(small_disk) == []


def test_a_refused_key_leaves_nothing_behind(storage: LocalStorage, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        storage.put("../a", b"x")
    assert files(tmp_path) == []


def test_folders_go_with_their_last_object(storage: LocalStorage) -> None:
    storage.put("titles/film/v/1/init.mp4", b"x")
    storage.put("titles/other/v/1/init.mp4", b"x")
    storage.delete("titles/film/v/1/init.mp4")
    assert [path.name for path in (storage.root / "titles").iterdir()] == ["other"]


def test_objects_come_into_folders_that_go_at_the_same_time(storage: LocalStorage) -> None:
    def put_and_delete(name: str) -> None:
        for _ in range(20):
            storage.put(f"a/b/{name}", b"x")
            storage.delete(f"a/b/{name}")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(put_and_delete, "1234")) == [None] * 4
    assert list(storage.list("a")) == []


def test_an_object_cannot_lie_below_another(storage: LocalStorage, tmp_path: Path) -> None:
    storage.put("a", b"x")
    with pytest.raises(StorageError, match="cannot store a/b"):
        storage.put("a/b", b"y")
    assert storage.head("a/b") is None
    assert files(tmp_path / "root") == ["a"]


def test_a_name_too_long_for_the_disk_is_a_storage_error(storage: LocalStorage) -> None:
    with pytest.raises(StorageError, match=r"cannot look for x+: File name too long"):
        storage.head("x" * 300)


def test_the_scratch_folder_may_be_cleaned_meanwhile(storage: LocalStorage) -> None:
    """A job removes it when it ends; the storage goes on."""
    shutil.rmtree(storage.scratch)
    storage.put("a", b"x")
    assert storage.head("a") == Entry("a", 1)


def test_what_vanishes_does_not_end_a_listing(storage: LocalStorage, tmp_path: Path) -> None:
    storage.put("titles/film/a", b"x")
    (tmp_path / "root/titles/gone").symlink_to(tmp_path / "nowhere")
    assert [entry.key for entry in storage.list("titles")] == ["titles/film/a"]


@pytest.mark.parametrize("blocked", ["file", "file/below"])
def test_a_root_that_cannot_be_a_folder_is_refused(tmp_path: Path, blocked: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=f"cannot write to {tmp_path}/{blocked}: "):
        LocalStorage(tmp_path / blocked, tmp_path / blocked / "tmp")


def test_what_is_written_is_on_disk_before_it_is_visible(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut, no object has its name but not its bytes: file, then name, then every new folder."""
    log: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        log.append(f"sync {'file' if path.is_file() else path.relative_to(storage.root).as_posix()}")
        real_sync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        log.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    storage.put("titles/film/master.m3u8", b"x")
    assert log == ["sync file", "sync .", "sync titles", "rename", "sync titles/film"]

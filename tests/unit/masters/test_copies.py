"""Copies of stored masters: whole, bounded, made once, and there for as long as somebody reads them."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from pipeline.errors import BadMasterError, DiskFullError, OutageError, StoppedError, UsageError
from pipeline.masters import room
from pipeline.masters.copies import Copies
from pipeline.masters.keys import master_key
from pipeline.storage.local import LocalStorage

SIZE = 100_000


class Watched(LocalStorage):
    """Counts reads of each key; `before` is called with what is read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, root / "tmp")
        self.reads: list[str] = []
        self.before: Callable[[str], None] = lambda _: None

    def ranged(self, key: str) -> BinaryIO:
        self.reads.append(key)
        self.before(key)
        return super().ranged(key)


@pytest.fixture
def storage(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "storage")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "masters"


@pytest.fixture
def keys(storage: Watched) -> list[str]:
    """Of three masters of SIZE bytes."""
    return [stored(storage, bytes([number]) * SIZE) for number in range(3)]


def stored(storage: LocalStorage, content: bytes) -> str:
    key = master_key(hashlib.sha256(content).hexdigest(), "film.ts")
    storage.put(key, content)
    return key


def go_on() -> None:
    """Nobody stops."""


def read(copies: Copies, key: str, keep_going: Callable[[], None] = go_on) -> bytes:
    with copies.of(key, keep_going) as path:
        return path.read_bytes()


def kept(folder: Path) -> list[int]:
    """The numbers of the masters that are there; -1 for what is only half made."""
    by_name = {hashlib.sha256(bytes([number]) * SIZE).hexdigest(): number for number in range(3)}
    return sorted(by_name.get(path.name, -1) for path in folder.iterdir() if path.name != ".lock")


def test_a_copy_is_made_once_and_for_us_alone(storage: Watched, folder: Path, keys: list[str]) -> None:
    copies = Copies(storage, folder, 3 * SIZE)
    with copies.of(keys[1], go_on) as path:
        assert path.read_bytes() == bytes([1]) * SIZE
        assert path.stat().st_mode & 0o077 == 0
    storage.delete(keys[1])
    assert read(Copies(storage, folder, 3 * SIZE), keys[1]) == bytes([1]) * SIZE
    assert storage.reads == [keys[1]]


def test_what_was_used_longest_ago_goes(storage: Watched, folder: Path, keys: list[str]) -> None:
    copies = Copies(storage, folder, 2 * SIZE + 1)
    for number in (0, 1, 0, 2):
        read(copies, keys[number])
    assert kept(folder) == [0, 2]
    read(copies, keys[1])
    assert kept(folder) == [1, 2]


def test_what_is_in_use_stays_and_who_wants_room_waits(
    storage: Watched, folder: Path, keys: list[str]
) -> None:
    copies = Copies(storage, folder, SIZE)
    waiting = threading.Event()
    with ThreadPoolExecutor() as pool:
        with copies.of(keys[0], go_on) as path:
            other = pool.submit(read, copies, keys[1], waiting.set)
            assert waiting.wait(10)
            assert path.exists()
            assert keys[1] not in storage.reads
        assert other.result(10) == bytes([1]) * SIZE
    assert kept(folder) == [1]


def test_nobody_waits_for_room_for_ever(
    storage: Watched, folder: Path, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may use what is there without a break."""
    monkeypatch.setattr(room, "PATIENCE", 0)
    copies = Copies(storage, folder, SIZE)
    with (
        copies.of(keys[0], go_on),
        pytest.raises(DiskFullError, match="in use; raise TELECINE_MASTER_CACHE"),
    ):
        read(copies, keys[1])
    assert kept(folder) == [0]


def test_many_that_want_the_same_make_one_download(storage: Watched, folder: Path, keys: list[str]) -> None:
    waiting = threading.Semaphore(0)
    storage.before = lambda _: [waiting.acquire(timeout=10) for _ in range(3)].clear()
    with ThreadPoolExecutor(4) as pool:
        readers = [
            pool.submit(read, Copies(storage, folder, SIZE), keys[0], waiting.release) for _ in range(4)
        ]
        assert [reader.result(20) for reader in readers] == [bytes(SIZE)] * 4
    assert storage.reads == [keys[0]]


def test_a_damaged_master_is_read_twice_and_refused(storage: Watched, folder: Path, keys: list[str]) -> None:
    storage.put(keys[0], bytes([9]) * SIZE)
    with pytest.raises(BadMasterError, match="damaged in storage; delete it there and upload"):
        read(Copies(storage, folder, SIZE), keys[0])
    assert storage.reads == [keys[0]] * 2
    assert kept(folder) == []


def test_damage_on_the_way_is_not_the_master_s(storage: Watched, folder: Path, keys: list[str]) -> None:
    contents = iter((b"\x09" * SIZE, b"\x00" * SIZE))
    storage.before = lambda key: storage.put(key, next(contents))
    assert read(Copies(storage, folder, SIZE), keys[0]) == bytes(SIZE)


def test_a_master_that_is_gone(storage: Watched, folder: Path, keys: list[str]) -> None:
    storage.delete(keys[0])
    with pytest.raises(BadMasterError, match="not in storage any more"):
        read(Copies(storage, folder, SIZE), keys[0])
    assert kept(folder) == []


def test_a_master_larger_than_all_room(storage: Watched, folder: Path, keys: list[str]) -> None:
    with pytest.raises(UsageError, match="has 100000 bytes, TELECINE_MASTER_CACHE allows 99999"):
        read(Copies(storage, folder, SIZE - 1), keys[0])
    assert kept(folder) == []


@pytest.mark.parametrize("error", [StoppedError("stopped"), OutageError("S3 is out"), KeyboardInterrupt()])
def test_a_download_that_ends_early_leaves_nothing(
    storage: Watched, folder: Path, keys: list[str], error: BaseException
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        read(Copies(storage, folder, SIZE), keys[0], fail)
    assert kept(folder) == []
    assert read(Copies(storage, folder, SIZE), keys[0]) == bytes(SIZE)


@pytest.fixture
def killed(storage: Watched, folder: Path, keys: list[str]) -> None:
    """A process that was killed while it downloaded the first master."""
    argv = [sys.executable, "-m", "tests.unit.masters.slow_copy", storage.root, folder, keys[0]]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        process.kill()
    assert kept(folder) == [-1]


@pytest.mark.usefixtures("killed")
def test_after_a_kill_the_download_begins_anew(storage: Watched, folder: Path, keys: list[str]) -> None:
    assert read(Copies(storage, folder, SIZE), keys[0]) == bytes(SIZE)
    assert kept(folder) == [0]


@pytest.mark.usefixtures("killed")
def test_what_a_killed_download_left_is_the_first_to_go(
    storage: Watched, folder: Path, keys: list[str]
) -> None:
    copies = Copies(storage, folder, 2 * SIZE)
    read(copies, keys[1])
    assert kept(folder) == [-1, 1]
    read(copies, keys[2])
    assert kept(folder) == [1, 2]


def fill(disk: Path) -> None:
    with (disk / "other").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_full_disk_is_told(storage: Watched, keys: list[str], small_disk: Path) -> None:
    folder = small_disk / "masters"
    folder.mkdir()
    fill(small_disk)
    with pytest.raises(DiskFullError, match=r"cannot copy masters/.*: the disk is full; free some space"):
        read(Copies(storage, folder, 1 << 30), keys[0])
    (small_disk / "other").unlink()
    assert read(Copies(storage, folder, 1 << 30), keys[0]) == bytes(SIZE)


def test_on_a_full_disk_older_copies_make_room(storage: Watched, keys: list[str], small_disk: Path) -> None:
    copies = Copies(storage, small_disk / "masters", 1 << 30)
    for key in keys[:2]:
        read(copies, key)
    with ExitStack() as using:
        using.enter_context(copies.of(keys[0], go_on))
        fill(small_disk)
        assert read(copies, keys[2]) == bytes([2]) * SIZE
    assert kept(small_disk / "masters") == [0, 2]
    assert os.statvfs(small_disk).f_bfree * 4096 < SIZE

"""The cache on disk: bounded, shared, and never believed."""

import logging
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bucketing import Bench

from pipeline.origin.bucket.disk import DiskCache

ENTRY = 100_000
"""Bytes of a body, which take 102 400 on disk."""

CAPACITY = 10 * 102_400


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache", CAPACITY)


def body(number: int) -> bytes:
    return bytes([number]) * ENTRY


def put(cache: DiskCache, *numbers: int) -> None:
    for number in numbers:
        cache.put(f"entry {number}", body(number))
        cache.flush()


def held(cache: DiskCache, numbers: range) -> list[int]:
    return [number for number in numbers if cache.get(f"entry {number}") == body(number)]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*/*") if path.is_file())


def used(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in files(folder))


def test_what_was_put_is_there_for_the_next_process(cache, tmp_path):
    put(cache, 1, 2)
    assert held(DiskCache(tmp_path / "cache", CAPACITY), range(4)) == [1, 2]


def test_it_never_takes_more_than_its_share(cache, tmp_path):
    for number in range(40):
        put(cache, number)
        assert used(tmp_path / "cache") <= CAPACITY
    assert len(held(cache, range(40))) >= 8


def test_what_was_not_read_for_longest_goes_first(cache, tmp_path):
    put(cache, *range(10))
    for age, number in enumerate([3, 7, 1]):
        assert cache.get(f"entry {number}")
        os.utime(path_of(tmp_path, number), (2_000_000_000 + age,) * 2)
    for number in set(range(10)) - {3, 7, 1}:
        os.utime(path_of(tmp_path, number), (1_000_000_000 + number,) * 2)
    put(cache, 10)
    # Room is made for a tenth: the two longest unread go.
    assert held(cache, range(11)) == [1, 3, 4, 5, 6, 7, 8, 9, 10]


def path_of(tmp_path: Path, number: int) -> Path:
    [path] = [path for path in files(tmp_path / "cache") if path.read_bytes()[32:] == body(number)]
    return path


def test_reading_counts_as_use(cache, tmp_path):
    put(cache, 1)
    os.utime(path_of(tmp_path, 1), (0, 0))
    cache.get("entry 1")
    assert path_of(tmp_path, 1).stat().st_mtime > 0


@pytest.mark.parametrize("place", [0, 40, ENTRY // 2, -1])
def test_a_changed_byte_is_found_and_the_entry_removed(cache, tmp_path, caplog, place):
    put(cache, 1)
    [path] = files(tmp_path / "cache")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert cache.get("entry 1") is None
    assert "was damaged" in caplog.text
    assert files(tmp_path / "cache") == []


@pytest.mark.parametrize("size", [0, 10, 32, 5000])
def test_so_is_an_entry_that_was_cut_short(cache, tmp_path, size):
    put(cache, 1)
    [path] = files(tmp_path / "cache")
    os.truncate(path, size)
    assert cache.get("entry 1") is None


def test_an_entry_is_right_in_its_own_place_only(cache, tmp_path):
    put(cache, 1, 2)
    one, two = files(tmp_path / "cache")
    one.replace(two)
    assert held(cache, range(4)) == []


def test_several_processes_share_one(tmp_path):
    caches = [DiskCache(tmp_path / "cache", CAPACITY) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda pair: put(pair[1], *range(pair[0], 60, 4)), enumerate(caches)))
    assert used(tmp_path / "cache") <= CAPACITY
    found = held(caches[0], range(60))
    assert 8 <= len(found) <= 10


def test_what_a_dead_process_left_goes_with_time(cache, tmp_path):
    folder = tmp_path / "cache" / "ab"
    folder.mkdir(parents=True)
    (folder / "new-remains").write_bytes(bytes(CAPACITY // 2))
    os.utime(folder / "new-remains", (0, 0))
    put(cache, *range(12))
    assert used(tmp_path / "cache") <= CAPACITY
    assert not (folder / "new-remains").exists()


def test_a_counter_that_is_no_number_is_counted_anew(cache, tmp_path):
    put(cache, *range(9))
    (tmp_path / "cache" / "used").write_bytes(b"nonsense")
    put(cache, *range(9, 20))
    assert used(tmp_path / "cache") <= CAPACITY


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 50 000 bytes: what a full disk is to a writer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_a_disk_that_takes_no_more_is_no_error(cache, tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    put(cache, 1, 2, 3)
    assert held(cache, range(4)) == []
    assert files(tmp_path / "cache") == []
    assert caplog.messages == ["nothing is cached on disk for 30 s: File too large"]


def test_nor_is_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    cache = DiskCache(tmp_path / "file" / "cache", CAPACITY)
    put(cache, 1)
    assert cache.get("entry 1") is None


def test_a_writer_that_is_behind_is_given_no_more(cache, tmp_path):
    for number in range(200):
        cache.put(f"entry {number}", b"x")
    cache.flush()
    assert len(files(tmp_path / "cache")) <= 200


FILM = "bird/v/7f3a/seg-00001.m4s"


def test_an_origin_reads_from_it_what_is_no_longer_in_memory(bench: Bench):
    bench.publish(FILM, bytes(range(256)) * 12_000)
    origin = bench.origin(disk=64 << 20, memory=1 << 20)
    assert origin.ask(FILM).content == bytes(range(256)) * 12_000
    origin.cache.flush()
    bench.asked()
    assert origin.ask(FILM).content == bytes(range(256)) * 12_000
    assert bench.asked() == 0
    assert origin.tally.disk_hits > 0


def test_an_origin_reads_a_damaged_entry_from_the_bucket_again(bench: Bench):
    bench.publish(FILM, bytes(range(256)) * 12_000)
    first = bench.origin(disk=64 << 20)
    first.ask(FILM)
    first.cache.flush()
    entries = files(bench.folder / "cache")
    for path in entries:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert len(entries) == 4
    bench.asked()
    assert bench.origin(disk=64 << 20).ask(FILM).content == bytes(range(256)) * 12_000
    assert bench.asked() == 3


def test_titles_that_share_a_file_share_its_entry(bench: Bench):
    bench.publish(FILM, bytes(2 << 20))
    bench.publish("fish/v/1/seg-00001.m4s", bytes(2 << 20))
    origin = bench.origin(disk=64 << 20, memory=1 << 20)
    origin.ask(FILM)
    origin.cache.flush()
    bench.asked()
    assert origin.ask("fish/v/1/seg-00001.m4s", Range="bytes=1048576-").content == bytes(1 << 20)
    assert bench.asked() == 1

"""What the origin remembers, and how it notices that a file changed."""

import asyncio
import gc
import os
from pathlib import Path

import pytest
from asking import open_files

from pipeline.origin.blocks import BlockCache
from pipeline.origin.cache import ResourceCache
from pipeline.origin.content import BLOCK, SPAN
from pipeline.origin.folder import Folder, OpenFile
from pipeline.origin.folder_source import FolderSource


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class CountingFolder(Folder):
    opened = 0

    def open(self, path: str) -> OpenFile:
        self.opened += 1
        return super().open(path)


class CountingFile(OpenFile):
    __slots__ = ("started",)

    def blocks(self, first=0):
        self.started.append(first)
        return super().blocks(first)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(root):
    return CountingFolder(root / "titles")


@pytest.fixture
def resources(folder, clock):
    source = FolderSource(folder, lambda path: "no-cache")
    return ResourceCache(source, BlockCache(1 << 20), capacity=2, now=clock)


def get(resources: ResourceCache, path: str = "bird/master.m3u8"):
    return asyncio.run(resources.get(path))


def put(path: Path, content: bytes) -> None:
    """Publish as storage does: written aside, then renamed over the old file."""
    aside = path.with_suffix(".new")
    aside.write_bytes(content)
    aside.replace(path)


def test_a_file_is_not_looked_at_again_within_a_second(resources, folder, clock):
    get(resources)
    clock.now += 0.9
    get(resources)
    assert folder.opened == 1


def test_an_unchanged_file_is_looked_at_but_not_read_again(resources, folder, clock):
    first = get(resources)
    clock.now += 1
    assert get(resources) is first
    assert folder.opened == 2


def test_a_new_manifest_is_seen_within_a_second(resources, root, clock):
    put(root / "titles/bird/master.m3u8", b"#EXTM3U\n#old\n")
    assert get(resources).plain.content == b"#EXTM3U\n#old\n"
    put(root / "titles/bird/master.m3u8", b"#EXTM3U\n#new\n")
    assert get(resources).plain.content == b"#EXTM3U\n#old\n"
    clock.now += 1
    assert get(resources).plain.content == b"#EXTM3U\n#new\n"


def test_a_withdrawn_title_is_gone_within_a_second(resources, root, clock):
    get(resources)
    (root / "titles/bird/master.m3u8").unlink()
    clock.now += 1
    with pytest.raises(FileNotFoundError):
        get(resources)


def test_a_title_can_come_back(resources, root, clock):
    test_a_withdrawn_title_is_gone_within_a_second(resources, root, clock)
    put(root / "titles/bird/master.m3u8", b"#EXTM3U\n")
    assert get(resources).plain.content == b"#EXTM3U\n"


def test_requests_at_the_same_time_share_one_reading(resources, folder):
    async def many() -> list[object]:
        return await asyncio.gather(*(resources.get("bird/master.m3u8") for _ in range(20)))

    assert len({id(resource) for resource in asyncio.run(many())}) == 1
    assert folder.opened == 1


def test_only_so_many_files_are_held_open(resources, root):
    for number in range(6):
        (root / f"titles/bird/{number}.mp4").write_bytes(b"x" * (BLOCK + 1))
    gc.collect()
    before = open_files()
    for number in range(6):
        get(resources, f"bird/{number}.mp4")
    gc.collect()
    assert open_files() == before + 2


def test_a_response_keeps_to_the_file_it_began_with(resources, root, segment):
    path = segment.removeprefix("/titles/")
    plain = get(resources, path).plain
    put(root / "titles" / path, b"other" * BLOCK)
    block = asyncio.run(BlockCache(0).read(plain.etag, plain.content, 1))
    assert block == bytes(range(256)) * (BLOCK // 256)


@pytest.fixture
def file(tmp_path):
    """A span and a block, the first block full of zeros, the second of ones and so on."""
    path = tmp_path / "numbers.mp4"
    path.write_bytes(b"".join(bytes([number]) * BLOCK for number in range(SPAN + 1)))
    opened = CountingFile(os.open(path, os.O_RDONLY))
    opened.started = []
    return opened


def read(cache: BlockCache, file: OpenFile, *numbers: int) -> list[bytes]:
    async def reading() -> list[bytes]:
        return [await cache.read(b'"tag"', file, number) for number in numbers]

    return [block[:1] for block in asyncio.run(reading())]


def test_a_span_of_blocks_is_read_at_a_time(file):
    numbers = range(SPAN + 1)
    assert read(BlockCache(len(numbers) * BLOCK), file, *numbers) == [bytes([number]) for number in numbers]
    assert file.started == [0, SPAN]


def test_the_longest_unused_block_goes_first(file):
    cache = BlockCache(2 * BLOCK)
    cache.keep(b'"tag"', 0, [bytes(BLOCK), bytes(BLOCK)])
    read(cache, file, 0)
    cache.keep(b'"other"', 0, [bytes(BLOCK)])
    read(cache, file, 0)
    assert file.started == []
    read(cache, file, 1)
    assert file.started == [0]


def test_a_block_kept_twice_counts_once(file):
    cache = BlockCache(2 * BLOCK)
    for _ in range(3):
        cache.keep(b'"tag"', 0, [bytes(BLOCK), bytes(BLOCK)])
    read(cache, file, 0, 1)
    assert file.started == []


def test_without_room_every_block_is_still_served(file):
    assert read(BlockCache(0), file, 0, 4) == [b"\0", b"\4"]


def test_a_file_cut_short_is_an_error_and_not_a_short_answer(file, tmp_path):
    os.truncate(tmp_path / "numbers.mp4", BLOCK)
    with pytest.raises(OSError, match="cut short"):
        read(BlockCache(0), file, 1)

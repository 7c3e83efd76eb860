"""Large objects read by pieces."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError
from pipeline.storage.s3 import reader
from pipeline.storage.s3.reader import RangedReader
from pipeline.storage.s3.storage import S3Storage
from tests.support.s3 import server
from tests.support.s3_faults import FaultyProxy, faulty_proxy

BLOCK = 1000
SIZE = 25_500
CONTENT = random.Random(8).randbytes(SIZE)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK", BLOCK)


@pytest.fixture
def direct(tmp_path: Path) -> S3Storage:
    storage = server("swift").storage(tmp_path)
    storage.put("a", CONTENT)
    return storage


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    with faulty_proxy(server("swift").url) as proxy:
        yield proxy


@pytest.fixture
def storage(direct: S3Storage, proxy: FaultyProxy, tmp_path: Path) -> S3Storage:
    """In which each request is counted."""
    return server("swift").behind(proxy.url, tmp_path).storage(tmp_path)


def test_it_reads_like_a_file(direct: S3Storage) -> None:
    """Wherever one goes in it, and whatever one reads there."""
    with direct.ranged("a") as file:
        same = io.BytesIO(CONTENT)
        steps = st.tuples(st.integers(0, SIZE + 500), st.integers(0, 3 * BLOCK))

        @settings(max_examples=20)
        @given(st.lists(steps, max_size=10))
        def check(moves: list[tuple[int, int]]) -> None:
            for place, count in moves:
                assert (file.seek(place), same.seek(place)) == (place, place)
                assert file.read(count) == same.read(count)

        check()
        assert (file.seek(-10, io.SEEK_END), file.read()) == (SIZE - 10, CONTENT[-10:])
        with pytest.raises(ValueError, match="nothing before the start"):
            RangedReader.open(direct.place, "a").seek(-1)


def test_each_block_is_fetched_once_on_the_way_through(storage: S3Storage, proxy: FaultyProxy) -> None:
    with storage.ranged("a") as file:
        assert file.read() == CONTENT
    assert proxy.counts.total() == 1 + 26


def test_a_look_at_both_ends_costs_a_request_each(storage: S3Storage, proxy: FaultyProxy) -> None:
    with RangedReader.open(storage.place, "a") as file:
        assert file.read(8) == CONTENT[:8]
        file.seek(-8, io.SEEK_END)
        assert file.read(8) == CONTENT[-8:]
        file.seek(8)
        assert file.read(8) == CONTENT[8:16]
    assert proxy.counts.total() == 1 + 2


def test_what_broke_off_is_fetched_again(storage: S3Storage, proxy: FaultyProxy) -> None:
    left = ["truncated", "reset"]
    with RangedReader.open(storage.place, "a") as file:
        proxy.choose = lambda _: left.pop() if left else None  # type: ignore[return-value]
        assert file.read(8) == CONTENT[:8]
    assert (proxy.counts["truncated"], proxy.counts["reset"]) == (1, 1)


def test_an_object_that_is_replaced_is_not_read_on(direct: S3Storage) -> None:
    with RangedReader.open(direct.place, "a") as file:
        assert file.read(8) == CONTENT[:8]
        direct.put("a", CONTENT[::-1])
        file.seek(20 * BLOCK)
        with pytest.raises(StorageError, match="cannot read a: the object was replaced meanwhile"):
            file.read(8)


def test_there_must_be_an_object(direct: S3Storage) -> None:
    with pytest.raises(StorageError, match="cannot read none: there is no such object"):
        direct.ranged("none")

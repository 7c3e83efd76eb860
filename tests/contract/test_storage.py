"""What every storage promises. Uploads in parts have their own suite, test_multipart.py."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StorageError
from pipeline.storage.base import MAX_KEY, Entry, Storage, checked_key
from tests.support.backends import BACKENDS


@pytest.fixture(params=BACKENDS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return BACKENDS[request.param](tmp_path)


def read(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


@pytest.mark.parametrize("body", [b"", b"x", bytes(range(256)) * 4096], ids=["empty", "byte", "1 MiB"])
def test_what_is_put_is_found(storage: Storage, body: bytes) -> None:
    storage.put("artifacts/a1/chunk.mp4", body)
    assert read(storage, "artifacts/a1/chunk.mp4") == body
    assert storage.head("artifacts/a1/chunk.mp4") == Entry("artifacts/a1/chunk.mp4", len(body))


def test_text_that_is_published_is_found_as_it_was_put(storage: Storage, tmp_path: Path) -> None:
    text, source = b"#EXTM3U\n" * 1000, tmp_path / "media.m3u8"
    source.write_bytes(text)
    storage.put("titles/film/master.m3u8", text)
    storage.put_file("titles/film/media.m3u8", source)
    for key in ("titles/film/master.m3u8", "titles/film/media.m3u8"):
        assert read(storage, key) == text
        assert storage.digest(key) == hashlib.sha256(text).hexdigest()


def test_objects_have_the_digest_of_their_content(storage: Storage) -> None:
    storage.put("titles/film/v/1/init.mp4", b"header")
    assert storage.digest("titles/film/v/1/init.mp4") == (
        "1e0584a25d9f43bf5cbd0aec01eb1af2220ed085b4e7f1837b0d89958cae353a"
    )
    with pytest.raises(StorageError, match="cannot read titles/none"):
        storage.digest("titles/none")


def test_a_file_is_moved_in(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "chunk.mp4"
    source.write_bytes(b"frames")
    storage.put_file("artifacts/a1/chunk.mp4", source)
    assert read(storage, "artifacts/a1/chunk.mp4") == b"frames"
    assert not source.exists()


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """A folder on another file system than the tests' own."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_a_file_of_another_disk_is_moved_in(storage: Storage, other_disk: Path, tmp_path: Path) -> None:
    source = other_disk / "chunk.mp4"
    source.write_bytes(b"frames")
    assert source.stat().st_dev != tmp_path.stat().st_dev
    storage.put_file("artifacts/a1/chunk.mp4", source)
    assert read(storage, "artifacts/a1/chunk.mp4") == b"frames"
    assert not source.exists()


def test_objects_are_read_from_any_place(storage: Storage) -> None:
    storage.put("a", b"0123456789")
    with storage.open("a") as file:
        assert (file.seek(4), file.read(3), file.seek(-2, 2), file.read()) == (4, b"456", 8, b"89")


def test_a_later_put_replaces(storage: Storage) -> None:
    storage.put("a", b"first")
    storage.put("a", b"2nd")
    assert read(storage, "a") == b"2nd"
    assert storage.head("a") == Entry("a", 3)


def test_who_has_an_object_open_keeps_it_whole(storage: Storage) -> None:
    storage.put("master.m3u8", b"o" * 200_000)
    with storage.open("master.m3u8") as old:
        start = old.read(10)
        storage.put("master.m3u8", b"n" * 300_000)
        assert start + old.read() == b"o" * 200_000
    assert read(storage, "master.m3u8") == b"n" * 300_000


def test_readers_never_see_half_an_object(storage: Storage) -> None:
    """A hundred replacements by objects of other sizes, under constant reading."""
    versions = [bytes([letter]) * (20_000 + 7_000 * letter) for letter in range(8)]
    storage.put("a", versions[0])
    done, torn = threading.Event(), []

    def watch() -> None:
        while not done.is_set():
            body = read(storage, "a")
            if body not in versions:
                torn.append(body)

    readers = [threading.Thread(target=watch) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(100):
        storage.put("a", versions[n % 8])
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_an_entry_says_everywhere_the_same_time(storage: Storage) -> None:
    """By which garbage is told from what was made anew."""
    before = time.time()
    for n in range(5):
        storage.put(f"a/{n}", b"x")
    # Some storages tell whole seconds.
    listed = list(storage.list("a"))
    assert all(before - 2 < entry.modified < time.time() + 2 for entry in listed)
    heads = [storage.head(entry.key) for entry in listed]
    assert [entry.modified for entry in listed] == [head.modified if head else 0.0 for head in heads]


def test_a_missing_object_has_no_entry(storage: Storage) -> None:
    assert storage.head("titles/none") is None
    storage.delete("titles/none")
    assert list(storage.list("titles")) == []


def test_a_missing_object_cannot_be_opened(storage: Storage) -> None:
    with pytest.raises(StorageError, match="cannot read titles/none"):
        storage.open("titles/none")


def test_a_missing_file_cannot_be_put(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot store a: No such file"):
        storage.put_file("a", tmp_path / "none")


def test_a_folder_is_not_an_object(storage: Storage) -> None:
    storage.put("titles/film/a", b"")
    assert storage.head("titles/film") is None
    with pytest.raises(StorageError):
        storage.open("titles/film")


def test_a_deleted_object_is_gone(storage: Storage) -> None:
    storage.put("a/b", b"")
    storage.put("a/c", b"")
    storage.delete("a/b")
    assert storage.head("a/b") is None
    assert list(storage.list("a")) == [Entry("a/c", 0)]


def test_a_listing_is_in_order_of_key_and_ends_with_the_folder(storage: Storage) -> None:
    for key in ("t/b", "t/a/2", "t/a/10", "t/a.x", "t/B", "t/ä", "ta/no", "u"):
        storage.put(key, key.encode())
    assert [entry.key for entry in storage.list("t")] == [
        "t/B", "t/a.x", "t/a/10", "t/a/2", "t/b", "t/ä",
    ]  # fmt: skip
    assert list(storage.list("t/a")) == [Entry("t/a/10", 6), Entry("t/a/2", 5)]


@pytest.mark.parametrize("key", ["größe/日本語/🎬.mp4", "a b/c+d%20e/#?&.m4s", "x" * 200, "-f", "a:b", "~/a"])
def test_keys_are_names_not_patterns_or_paths(storage: Storage, key: str) -> None:
    storage.put(key, key.encode())
    assert read(storage, key) == key.encode()
    assert list(storage.list(key.partition("/")[0])) in ([Entry(key, len(key.encode()))], [])
    storage.delete(key)
    assert storage.head(key) is None


BAD_KEYS = [
    "", "/", "/etc/passwd", "../a", "a/../b", "a/..", "a//b", "a/", "./a", "a/.", ".hidden", "a/.hidden",
    "a\\b", "a\0b", "a\nb", "\x1b[31m", "\ud800", "x" * (MAX_KEY + 1), "日" * 342,
]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_that_lead_elsewhere_are_refused_everywhere(storage: Storage, tmp_path: Path, key: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    operations: list[Callable[[], object]] = [
        lambda: storage.put(key, b"x"),
        lambda: storage.put_file(key, source),
        lambda: storage.open(key),
        lambda: storage.head(key),
        lambda: list(storage.list(key)),
        lambda: storage.delete(key),
        lambda: storage.url(key),
    ]
    for operation in operations:
        with pytest.raises(StorageError, match="is not a storage key"):
            operation()
    assert source.read_bytes() == b"x"


@given(st.text(max_size=40) | st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\", "ä"])).map("/".join))
def test_a_key_that_is_taken_stays_below_any_root(key: str) -> None:
    with suppress(StorageError):
        assert (Path("/root") / checked_key(key)).resolve().is_relative_to("/root/")


def test_a_url_is_what_a_child_process_can_read(storage: Storage) -> None:
    storage.put("a/b.mp4", b"frames")
    url = storage.url("a/b.mp4")
    with urlopen(url if "://" in url else Path(url).as_uri()) as file:
        assert file.read() == b"frames"

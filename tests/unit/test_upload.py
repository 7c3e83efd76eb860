"""A master's way into storage: in parts, and on from where it stopped."""

import hashlib
from pathlib import Path

import pytest

from pipeline import upload as module
from pipeline.errors import BadMasterError, StorageError
from pipeline.events import Event, Uploading
from pipeline.storage.local import LocalStorage
from pipeline.storage.local_upload import LocalUpload
from pipeline.storage.uploads import MAX_PARTS, Part
from pipeline.upload import PART, part_size, upload

MB = 1 << 20


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "root", tmp_path / "root/tmp/test")


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three parts of a megabyte, the last of them shorter."""
    monkeypatch.setattr(module, "PART", MB)
    monkeypatch.setattr(module._send_part.retry, "sleep", lambda _: None)  # type: ignore[attr-defined]
    path = tmp_path / "My Film (2024).mov"
    path.write_bytes(b"a" * MB + b"b" * MB + b"c" * 1000)
    return path


class Told:
    """The events of an upload, as `phase: done`."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: Event) -> None:
        assert isinstance(event, Uploading)
        assert event.size == 2 * MB + 1000
        self.lines.append(f"{event.phase}: {event.done}")


def test_a_master_is_stored_under_its_content_s_name(storage: LocalStorage, master: Path) -> None:
    told = Told()
    stored = upload(storage, master, told)
    digest = hashlib.sha256(master.read_bytes()).hexdigest()
    assert (stored.key, stored.size) == (f"masters/{digest}/My-Film-2024.mov", 2 * MB + 1000)
    assert Path(storage.url(stored.key)).read_bytes() == master.read_bytes()
    reading = ["reading: 1048576", "reading: 2097152", "reading: 2098152"]
    assert told.lines[:4] == [*reading, "sending: 0"]
    assert told.lines[-1] == "sending: 2098152"
    assert list(storage.uploads.unfinished("masters")) == []


def test_what_is_stored_is_not_sent_again(
    storage: LocalStorage, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = upload(storage, master, Told())
    monkeypatch.setattr(LocalUpload, "put", None)
    told = Told()
    assert upload(storage, master, told) == first
    assert told.lines[3:] == ["sending: 2098152"]


def test_an_upload_goes_on_where_it_stopped(
    storage: LocalStorage, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SENDERS", 1)
    put, sent = LocalUpload.put, list[int]()

    def put_one(self: LocalUpload, part: Part, body: object) -> None:
        if part.number >= 2:
            raise KeyboardInterrupt
        put(self, part, body)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalUpload, "put", put_one)
    with pytest.raises(KeyboardInterrupt):
        upload(storage, master, Told())

    def put_and_tell(self: LocalUpload, part: Part, body: object) -> None:
        sent.append(part.number)
        put(self, part, body)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalUpload, "put", put_and_tell)
    told = Told()
    stored = upload(storage, master, told)
    assert sent == [2, 3]
    assert told.lines[3] == "sending: 1048576"
    assert Path(storage.url(stored.key)).read_bytes() == master.read_bytes()


def test_a_part_that_fails_in_a_way_that_may_heal_is_sent_again(
    storage: LocalStorage, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, failed = LocalUpload.put, list[int]()

    def put_second_time(self: LocalUpload, part: Part, body: object) -> None:
        if part.number not in failed:
            failed.append(part.number)
            raise StorageError("the network is slow")
        put(self, part, body)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalUpload, "put", put_second_time)
    stored = upload(storage, master, Told())
    assert sorted(failed) == [1, 2, 3]
    assert Path(storage.url(stored.key)).read_bytes() == master.read_bytes()


def test_a_master_that_changes_on_its_way_is_not_stored(storage: LocalStorage, master: Path) -> None:
    def change(event: Event) -> None:
        if isinstance(event, Uploading) and event.phase == "sending":
            master.write_bytes(b"x" * (2 * MB + 1000))

    with pytest.raises(StorageError, match="is not what was sent: its checksum differs"):
        upload(storage, master, change)
    assert list(storage.list("masters")) == []


def test_a_master_that_cannot_be_read(storage: LocalStorage, tmp_path: Path) -> None:
    with pytest.raises(BadMasterError, match=r"gone\.mov: cannot be read: No such file or directory"):
        upload(storage, tmp_path / "gone.mov", Told())


@pytest.mark.parametrize("size", [1, PART, PART * MAX_PARTS, PART * MAX_PARTS + 1, 5 << 40])
def test_no_file_has_more_parts_than_an_upload_may(size: int) -> None:
    parts = -(-size // part_size(size))
    assert parts <= MAX_PARTS
    assert part_size(size) >= PART

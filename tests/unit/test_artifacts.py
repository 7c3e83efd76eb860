"""Artifacts are whole or not there, whatever happened to the disk since."""

import threading
from pathlib import Path

import msgspec
import pytest

from pipeline import artifacts
from pipeline.artifacts import MARKER, VALUE
from pipeline.errors import OutageError, StorageError
from pipeline.storage.local import LocalStorage


class Answer(msgspec.Struct):
    number: int


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "site", tmp_path / "site/tmp")


def two_files(folder: Path) -> dict[str, Path]:
    files = {name: folder / name for name in ("720.mp4", "360.mp4")}
    for name, path in files.items():
        path.write_text(f"frames of {name}")
    return files


@pytest.fixture
def stored(storage: LocalStorage, tmp_path: Path) -> artifacts.Marker:
    """An artifact `a1` of two files."""
    files = two_files(tmp_path)
    return artifacts.store(storage, "a1", files, cpu=1.5, wall=0.5, frames=48, warnings="odd")


def test_what_was_stored_is_found(storage: LocalStorage, stored: artifacts.Marker) -> None:
    found = artifacts.find(storage, "a1")
    assert found == stored
    assert found is not None
    assert (found.frames, found.cpu, found.size) == (48, 1.5, 34)
    with artifacts.open_file(storage, "a1", "720.mp4") as file:
        assert file.read() == b"frames of 720.mp4"
    assert artifacts.find(storage, "a2") is None


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("720.mp4", None),
        ("720.mp4", b"cut"),
        (MARKER, None),
        (MARKER, b'{"files": {'),
        (MARKER, b'{"other": "format"}'),
    ],
)
def test_a_damaged_artifact_is_not_there(
    storage: LocalStorage, stored: artifacts.Marker, path: str, content: bytes | None
) -> None:
    file = storage.root / "artifacts/a1" / path
    file.unlink() if content is None else file.write_bytes(content)
    assert artifacts.find(storage, "a1") is None


def test_without_its_marker_an_artifact_was_never_finished(storage: LocalStorage, tmp_path: Path) -> None:
    """The maker was killed, or the disk full, between its files and the end."""
    files = two_files(tmp_path)
    with pytest.raises(StorageError):
        artifacts.store(storage, "a1", {"720.mp4": files["720.mp4"], "../escape": files["360.mp4"]})
    assert artifacts.find(storage, "a1") is None


def test_a_value(storage: LocalStorage) -> None:
    assert not artifacts.has_value(storage, "v1", Answer)
    artifacts.store_value(storage, "v1", Answer(42))
    assert artifacts.has_value(storage, "v1", Answer)
    assert artifacts.load_value(storage, "v1", Answer) == Answer(42)


@pytest.mark.parametrize("content", [b"", b'{"number": ', b'{"number": "many"}', b"\xff"])
def test_a_damaged_value_is_told_and_made_again(storage: LocalStorage, content: bytes) -> None:
    storage.put(f"artifacts/v1/{VALUE}", content)
    assert not artifacts.has_value(storage, "v1", Answer)
    with pytest.raises(
        StorageError, match=r"artifacts/v1 is damaged: .*; delete it and run the command again"
    ):
        artifacts.load_value(storage, "v1", Answer)


class Meeting(LocalStorage):
    """Files are stored only where two are on their way at a time."""

    two = threading.Barrier(2, timeout=10)

    def put_file(self, key: str, path: Path) -> None:
        if not key.endswith(MARKER):
            self.two.wait()
        super().put_file(key, path)


def test_files_are_stored_side_by_side(tmp_path: Path) -> None:
    stored = artifacts.store(Meeting(tmp_path / "site", tmp_path / "site/tmp"), "a1", two_files(tmp_path))
    assert list(stored.files) == ["720.mp4", "360.mp4"]


class Losing(LocalStorage):
    def put_file(self, key: str, path: Path) -> None:
        if key.endswith("360.mp4"):
            raise OutageError("the storage is out")
        super().put_file(key, path)


def test_an_artifact_that_lacks_a_file_has_no_marker(tmp_path: Path) -> None:
    storage = Losing(tmp_path / "site", tmp_path / "site/tmp")
    with pytest.raises(OutageError):
        artifacts.store(storage, "a1", two_files(tmp_path))
    assert [entry.key for entry in storage.list("artifacts")] == ["artifacts/a1/720.mp4"]

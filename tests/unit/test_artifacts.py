"""Artifacts are whole or not there, whatever happened to the disk since."""

from pathlib import Path

import msgspec
import pytest

from pipeline import artifacts
from pipeline.artifacts import MARKER, VALUE
from pipeline.errors import StorageError
from pipeline.storage.local import LocalStorage


class Answer(msgspec.Struct):
    number: int


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "site", tmp_path / "site/tmp")


@pytest.fixture
def stored(storage: LocalStorage, tmp_path: Path) -> artifacts.Marker:
    """An artifact `a1` of two files."""
    for name in ("720.mp4", "360.mp4"):
        (tmp_path / name).write_text(f"frames of {name}")
    files = {name: tmp_path / name for name in ("720.mp4", "360.mp4")}
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
    (tmp_path / "720.mp4").write_text("frames")
    with pytest.raises(StorageError):
        artifacts.store(storage, "a1", {"720.mp4": tmp_path / "720.mp4", "../escape": tmp_path / "720.mp4"})
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

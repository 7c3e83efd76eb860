"""An origin over a small folder, asked in process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import PLAYLIST, SEGMENT, Ask, ask_twice, ask_with
from bucketing import Bench, bench_of

from pipeline.origin.app import create_app


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A storage root with one published title, and the things beside it that nobody may read."""
    rendition = tmp_path / "titles/bird/v/7f3a/video/avc-720"
    rendition.mkdir(parents=True)
    (rendition / "init.mp4").write_bytes(b"init")
    (rendition / "seg-00001.m4s").write_bytes(SEGMENT)
    (rendition / "media.m3u8").write_bytes(PLAYLIST)
    (tmp_path / "titles/bird/master.m3u8").write_bytes(PLAYLIST)
    (tmp_path / "titles/bird/manifest.mpd").write_bytes(b"<MPD>" + b" " * 500 + b"</MPD>")
    (tmp_path / "catalog.db").write_bytes(b"secret")
    (tmp_path / "masters").mkdir()
    (tmp_path / "masters/bird.mp4").write_bytes(b"secret")
    return tmp_path


@pytest.fixture(params=["application", "connection"])
def ask(root: Path, request: pytest.FixtureRequest) -> Ask:
    origin = create_app(root, list)
    return ask_with(origin) if request.param == "application" else ask_twice(origin)


@pytest.fixture
def segment() -> str:
    return "/titles/bird/v/7f3a/video/avc-720/seg-00001.m4s"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bucket on Swift, for what does not depend on the server."""
    with bench_of("swift", tmp_path) as bench:
        yield bench

"""Fixtures and switches shared by all tests."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from hypothesis import settings
from lxml import etree

TESTS = Path(__file__).parent
SMALL_DISK = 1024 * 1024
"""Bytes that fit onto the disk that tests fill."""

Check = Callable[[str, str], None]

# Machines are slow at times; and what decides over a merge must decide the same way twice. Elsewhere, every
# run looks for new examples.
settings.register_profile("telecine", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("telecine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the expected texts, and read the diff"
    )
    parser.addoption("--chaos", type=int, default=0, metavar="N", help="at least N faults in tests/cluster")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Players and servers go by timers of a machine that other tests keep busy. One of their tests that fails
    is tried once more, which the closing line tells; those of our own code alone are not."""
    for item in items:
        if item.path.relative_to(TESTS).parts[0] in ("browser", "cluster", "contract", "e2e"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Check:
    """`golden("hls/master.m3u8", text)` compares `text` with the file of that name in tests/golden."""
    return _comparing(request, Path(__file__).parent / "golden")


@pytest.fixture
def document(request: pytest.FixtureRequest) -> Check:
    """Like `golden`, for pages in docs/ that are written from the code."""
    return _comparing(request, Path(__file__).parents[1] / "docs")


@pytest.fixture(scope="session")
def mpd_schema() -> etree.XMLSchema:
    """The schema of ISO/IEC 23009-1, which is not ours to ship."""
    beside = Path(__file__).parents[2] / "shared" / "schemas" / "dash"
    folder = Path(os.environ.get("TELECINE_DASH_SCHEMA", beside))
    if not (folder / "DASH-MPD.xsd").exists():
        pytest.skip("no MPD schema: set TELECINE_DASH_SCHEMA to a folder with DASH-MPD.xsd and xlink.xsd")
    return etree.XMLSchema(etree.parse(folder / "DASH-MPD.xsd"))


def _comparing(request: pytest.FixtureRequest, folder: Path) -> Check:
    def check(name: str, text: str) -> None:
        path = folder / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.exists(), f"no {path}: run pytest --update-golden and read what it wrote"
        assert text == path.read_text()

    return check


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """Path of the ffmpeg binary: it makes the tests' media, and judges what telecine decides."""
    return imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="session")
def media(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`media("a.mp4", "-f", "lavfi", "-i", "testsrc2=d=1")` has ffmpeg make that file, once a session."""
    folder = tmp_path_factory.mktemp("media")
    made: dict[str, tuple[str | Path, ...]] = {}

    def make(name: str, *arguments: str | Path) -> Path:
        path = folder / name
        if name not in made:
            subprocess.run([ffmpeg, "-nostdin", "-loglevel", "error", *arguments, path], check=True)
        assert made.setdefault(name, arguments) == arguments, f"another {name} was made before"
        return path

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of SMALL_DISK bytes, to be filled."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)

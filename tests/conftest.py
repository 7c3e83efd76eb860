"""Fixtures and switches shared by all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

Check = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the expected texts, and read the diff"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Check:
    """`golden("hls/master.m3u8", text)` compares `text` with the file of that name in tests/golden."""
    return _comparing(request, Path(__file__).parent / "golden")


@pytest.fixture
def document(request: pytest.FixtureRequest) -> Check:
    """Like `golden`, for pages in docs/ that are written from the code."""
    return _comparing(request, Path(__file__).parents[1] / "docs")


def _comparing(request: pytest.FixtureRequest, folder: Path) -> Check:
    def check(name: str, text: str) -> None:
        path = folder / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.exists(), f"no {path}: run pytest --update-golden and read what it wrote"
        assert text == path.read_text()

    return check

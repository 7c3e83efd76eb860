"""A catalog, and little patience with receivers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ended_jobs import Clock

from pipeline.catalog.catalog import Catalog
from pipeline.webhooks import post


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalog(tmp_path: Path, clock: Clock) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}", clock)
    yield catalog
    catalog.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers that keep us waiting are given up soon: it is the same code that waits for ten seconds."""
    monkeypatch.setattr(post, "TOTAL_SECONDS", 0.3)

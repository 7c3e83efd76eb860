"""Supervisors that no test leaves behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.site.running import Running


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`running([part(...)], [part(...)])` starts a supervisor of these stages."""
    started: list[Running] = []

    def start(*stages: list[dict[str, object]], **options: str) -> Running:
        started.append(Running.start(tmp_path, *stages, **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()

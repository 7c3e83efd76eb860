"""A title with two versions, to be published elsewhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from two_versions import TwoVersions, published_twice

from pipeline.storage.base import Storage
from tests.support.backends import BACKENDS


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory, media: Callable[..., Path]) -> Iterator[TwoVersions]:
    """`film`, which shows the second of its versions. Tests leave it as it is."""
    with published_twice(tmp_path_factory.mktemp("film"), media) as film:
        yield film


@pytest.fixture(params=BACKENDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return BACKENDS[request.param](tmp_path)

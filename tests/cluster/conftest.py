"""Real servers, and clusters on them."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from samples.master import MasterSpec, Picture, make_master
from tests.support.broker import Broker, running_broker
from tests.support.cluster import Cluster
from tests.support.postgres import Postgres, running_postgres


@pytest.fixture(scope="package")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path / "redis") as broker:
        yield broker


@pytest.fixture
def cluster(tmp_path: Path, postgres: Postgres, broker: Broker) -> Iterator[Cluster]:
    """Without workers yet."""
    with postgres.database() as database:
        cluster = Cluster(tmp_path, broker, database)
        yield cluster
        cluster.kill()


@pytest.fixture(scope="package")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three of one, four and five chunks, by title."""
    folder = tmp_path_factory.mktemp("films")
    lengths = {"arrival": 24, "departure": 32, "homecoming": 40}
    for title, seconds in lengths.items():
        spec = MasterSpec(seconds=Fraction(seconds), picture=Picture(320, 180, Fraction(25)))
        make_master(folder / f"{title}.mp4", spec)
    return {title: folder / f"{title}.mp4" for title in lengths}

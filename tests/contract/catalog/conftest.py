"""Catalogs on every database. A new one joins by a name in DATABASES and a branch in `empty_url`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from filming import Clock

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.schema import metadata
from tests.support.postgres import Postgres, running_postgres

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A catalog that all tests have in turn, for a database takes longer to make than to empty."""
    with postgres.database() as url:
        Catalog(url).close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "catalog.db"
    Catalog(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """What kind of database the test is about."""
    return str(request.param)


@pytest.fixture
def empty_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalog.db'}"
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield url


@pytest.fixture
def url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the tables of a catalog, and nothing in them."""
    if database == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "catalog.db")
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    url = str(request.getfixturevalue("postgres_url"))
    with psycopg.connect(url) as connection:
        connection.execute(f"truncate {', '.join(metadata.tables)} restart identity")
    return url


@pytest.fixture
def catalog(url: str, clock: Clock) -> Iterator[Catalog]:
    """One by the clock of the test."""
    catalog = Catalog(url, clock)
    yield catalog
    catalog.close()


@pytest.fixture
def shared(url: str) -> Iterator[Catalog]:
    """One by the database's clock, as all but tests have it."""
    catalog = Catalog(url)
    yield catalog
    catalog.close()

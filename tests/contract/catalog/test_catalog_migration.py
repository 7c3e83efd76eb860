"""Tables: made and changed by Alembic, as the schema has them, and none that another telecine made."""

import re
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from filming import film, states
from sqlalchemy import Connection, Engine, inspect, text

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.engine import make_engine
from pipeline.catalog.migrate import FOLDER, HEAD
from pipeline.catalog.schema import metadata
from pipeline.errors import StorageError

TOLD = {
    "sqlite": ["select type, name, sql from sqlite_master where name not like '%alembic%' order by 1, 2"],
    "postgresql": [
        "select table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
        "from information_schema.columns where table_schema = 'public' order by 1, 2",
        "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1",
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'public'::regnamespace order by 1, 2",
    ],
}
"""What databases say of their tables, indexes and constraints."""


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """Of the same database as `empty_url`."""
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def told(connection: Connection) -> list[list[str]]:
    """Every column, index and constraint but Alembic's own, as words in order: neither line breaks nor the
    order in which columns were declared matter."""
    rows = [row for query in TOLD[connection.dialect.name] for row in connection.execute(text(query))]
    lines = [" ".join(map(str, row)) for row in rows]
    return sorted(sorted(re.findall(r"[\w.:']+", line)) for line in lines if "alembic" not in line)


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_migrations_make_what_the_schema_says(empty_url: str, engine: Engine) -> None:
    Catalog(empty_url).close()
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
        migrated = told(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert migrated == told(connection)
        assert len(migrated) > 10


def test_the_newest_migration_is_the_one_that_we_know() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_catalog_is_migrated_once_and_keeps_what_it_holds(empty_url: str, engine: Engine) -> None:
    for _ in range(2):
        catalog = Catalog(empty_url)
        film(catalog)
        assert states(catalog) == {"plan": "ready"}
        catalog.close()
    with engine.connect() as connection:
        assert list(connection.execute(text("select version_num from alembic_version"))) == [(HEAD,)]


def test_a_catalog_that_was_never_released_is_refused(empty_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table jobs (id varchar(64) primary key, title varchar(200))"))
    with pytest.raises(StorageError, match="a version of telecine that was never released: delete it"):
        Catalog(empty_url)
    assert tables(engine) == {"jobs"}


def test_a_catalog_of_a_newer_telecine_is_refused(empty_url: str, engine: Engine) -> None:
    Catalog(empty_url).close()
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StorageError, match=r"made by a newer telecine \(revision 9999\): update this one"):
        Catalog(empty_url)


def test_a_migration_that_fails_leaves_nothing(empty_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table versions (mine integer)"))
    with pytest.raises(StorageError, match="versions"):
        Catalog(empty_url)
    assert tables(engine) == {"versions"}

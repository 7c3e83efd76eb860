"""Brings the database's tables to what this version of telecine works with, through Alembic."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from pipeline.catalog.database import Database, Transaction
from pipeline.errors import StorageError

HEAD = "0005"
"""The newest migration. Known here, so that Alembic is imported only where there is something to do."""

FOLDER = Path(__file__).parent / "migrations"

_LOCK = 0x7E1EC14E
"""Of PostgreSQL's advisory locks, the one of whoever migrates. SQLite lets one write at a time anyway."""


def migrate(database: Database) -> None:
    """Make or change tables, once, however many processes ask for it. Raises StorageError where the database
    belongs to a newer telecine, or to none."""
    if database.run(_revision, writes=False) != HEAD:
        database.run(_upgrade, writes=True)


def _revision(tx: Transaction) -> str | None:
    if not inspect(tx.connection).has_table("alembic_version"):
        return None
    revision: str | None = tx.scalar(text("select version_num from alembic_version"))
    return revision


def _upgrade(tx: Transaction) -> None:
    if tx.connection.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    revision = _revision(tx)  # Another process may have done it while this one waited for the lock.
    if revision == HEAD:
        return
    if revision is None and inspect(tx.connection).has_table("jobs"):
        raise StorageError(
            "the catalog was made by a version of telecine that was never released: delete it, and run the "
            "command again; what was encoded is found by its name and not encoded again"
        )
    if revision is not None and revision > HEAD:
        raise StorageError(f"the catalog was made by a newer telecine (revision {revision}): update this one")
    _run_alembic(tx.connection)


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

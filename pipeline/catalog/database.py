"""The database under the catalog: SQLite set up to be shared, and its failures in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from pipeline.errors import DiskFullError, StorageError

BUSY_SECONDS = 30
"""How long a writer waits for SQLite's write lock: transactions here last milliseconds."""


class Database:
    """Connections to the database at a URL, made as they are needed."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self, *, writes: bool = True) -> Iterator[Connection]:
        """All or nothing. One that only reads waits for no writer.

        Raises StorageError where the database fails, DiskFullError where it has no room.
        """
        try:
            with self._engine.connect().execution_options(writes=writes) as db, db.begin():
                yield db
        except DatabaseError as error:
            where = f"the catalog {self._engine.url.render_as_string()}"
            if "disk is full" in str(error.orig):
                raise DiskFullError(f"cannot write {where}: the disk is full; free some space") from error
            raise StorageError(f"cannot use {where}: {error.orig}") from error


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_for_writing)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    # pysqlite must not start transactions by itself, or a read would come before BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
    cursor.execute("PRAGMA synchronous=FULL")  # a finished step survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_for_writing(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and then writes could find that another
    wrote in between, and fail as busy however long it is willing to wait."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

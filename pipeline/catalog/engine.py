"""SQLAlchemy's engines for the two databases, set up to be shared by threads, processes and machines."""

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, Float, Integer, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from pipeline.errors import UsageError

BUSY_SECONDS = 30
"""How long a writer waits for SQLite's write lock: transactions here last milliseconds."""

POSTGRESQL = {
    "connect_timeout": "5",
    # A host that vanished without a word is noticed in 20 s, not in the two hours of TCP's defaults.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",
    # A process stopped or cut off inside a transaction holds the locks of a job: the server ends it before
    # those that wait lose patience.
    "options": "-c idle_in_transaction_session_timeout=10s -c lock_timeout=20s -c statement_timeout=60s",
    "application_name": "telecine",
}
"""Parameters of libpq; the URL's own take precedence."""


class database_clock(FunctionElement[float]):  # noqa: N801  named as SQL functions are
    """Seconds since the epoch on the database's clock, the one that all processes share."""

    type = Float()
    inherit_cache = True


@compiles(database_clock, "sqlite")
def _sqlite_clock(_element: object, _compiler: SQLCompiler, **_options: Any) -> str:
    return "(julianday('now') - 2440587.5) * 86400.0"


@compiles(database_clock, "postgresql")
def _postgresql_clock(_element: object, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


class greatest(FunctionElement[int]):  # noqa: N801  named as SQL functions are
    """The greatest of some values."""

    type = Integer()
    inherit_cache = True


@compiles(greatest, "sqlite")
def _sqlite_greatest(element: greatest, compiler: SQLCompiler, **options: Any) -> str:
    return f"max({compiler.process(element.clauses, **options)})"


@compiles(greatest, "postgresql")
def _postgresql_greatest(element: greatest, compiler: SQLCompiler, **options: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **options)})"


_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def make_engine(location: str) -> Engine:
    """An engine for `sqlite:///...`, `postgresql://...` or `postgres://...`. Raises UsageError for any other
    URL."""
    url = _parsed(location)
    return _sqlite(url) if url.drivername == "sqlite" else _postgresql(url)


def _parsed(location: str) -> URL:
    """What is wrong with it is not quoted, for it may be a part of the password."""
    try:
        url = make_url(location)
        driver = _DRIVERS[url.drivername]
    except (ArgumentError, ValueError, KeyError):
        raise UsageError(
            "the URL of the catalog is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST:PORT/NAME"
        ) from None
    if "@" in (url.host or ""):
        raise UsageError("write the @ in the password of the catalog's URL as %40")
    return url.set(drivername=driver)


def _postgresql(url: URL) -> Engine:
    defaults = {name: value for name, value in POSTGRESQL.items() if name not in url.query}
    # No pool_pre_ping: a transaction on a connection that was lost is done again (database.py), which costs
    # nothing where none was.
    return create_engine(url, connect_args=defaults, hide_parameters=True)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_for_writing)
    return engine


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


# Of several that are the first to open a file, one may switch its mode; SQLite has the others fail at once,
# however long they are willing to wait.
_patiently = Retrying(
    retry=retry_if_exception(_is_busy),
    wait=wait_random(0, 0.05),
    stop=stop_after_delay(BUSY_SECONDS),
    reraise=True,
)


def _configure_sqlite(connection: Any, _record: object) -> None:
    # pysqlite must not start transactions by itself, or a read would come before BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    _patiently(cursor.execute, "PRAGMA journal_mode=WAL")  # readers do not wait for the writer
    cursor.execute("PRAGMA synchronous=FULL")  # a finished step survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_for_writing(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and then writes could find that another
    wrote in between, and fail as busy however long it is willing to wait."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""Transactions in the database under the catalog, and its failures in our words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Float, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pipeline.catalog.engine import database_clock, make_engine
from pipeline.catalog.failures import explained, is_conflict
from pipeline.errors import OutageError

P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], float]
"""Seconds since the epoch."""

TRIES = 5
"""Of a transaction that the database undid. For another's sake: it is asked again at once, for then the other
is through. Because it restarted: the next one gets a new connection, or there is no server."""


NOW = func.coalesce(bindparam("now", type_=Float()), database_clock())
"""The time in a statement that is given `now=tx.known`: where nothing has told it yet, the database does so
in the same round trip. Such a statement returns it, for `Transaction.learn`."""


class Transaction:
    """Statements that take effect together or not at all, at one time that all of them go by."""

    def __init__(self, connection: Connection, clock: Clock | None, lease: float) -> None:
        self.connection = connection
        self.lease = lease
        self._clock = clock
        self._now: float | None = None

    @property
    def known(self) -> float | None:
        """Seconds since the epoch, None where the database has yet to be asked: see `NOW`."""
        if self._now is None and self._clock:
            self._now = self._clock()
        return self._now

    @property
    def now(self) -> float:
        """Seconds since the epoch when it was first asked for: ask after waiting for locks."""
        known = self.known
        if known is None:
            known = self._now = float(self.connection.execute(_CLOCK).scalar_one())
        return known

    def learn(self, now: float) -> None:
        """The time as a statement returned it."""
        self._now = now

    def execute(self, statement: Executable, values: Any = None) -> CursorResult[*tuple[Any, ...]]:
        result: CursorResult[*tuple[Any, ...]] = self.connection.execute(statement, values)
        return result

    def scalar(self, statement: Executable, values: Any = None) -> Any:
        return self.connection.execute(statement, values).scalar()

    def upsert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An insert that can say what to do `on_conflict`: standard SQL has none, both databases do."""
        if self.connection.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)


_CLOCK = select(database_clock())


class Database:
    """Connections to the database at a URL, made as they are needed."""

    def __init__(self, url: str, clock: Clock | None, lease: float) -> None:
        self._engine = make_engine(url)
        self._clock = clock
        self._lease = lease

    def close(self) -> None:
        self._engine.dispose()

    def run(self, work: Callable[[Transaction], T], *, writes: bool) -> T:
        """Do all of `work` or nothing. It is done again where the database chose it to give way to another
        transaction, or the connection was lost before it was to take effect; so it must have no effect but
        on the database.

        Raises OutageError where the database is out of reach, DiskFullError where it has no room, and
        StorageError where it fails otherwise.
        """
        for left in reversed(range(TRIES)):
            worked = False
            try:
                with self.connection(writes=writes) as db:
                    result = work(Transaction(db, self._clock, self._lease))
                    worked = True
                return result
            except DBAPIError as error:
                undone = is_conflict(error) or (error.connection_invalidated and not worked)
                if not (left and undone):
                    raise explained(error, self._engine.url) from error
            except PoolTimeoutError as error:
                raise OutageError("all connections to the catalog are busy") from error
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def connection(self, *, writes: bool) -> Iterator[Connection]:
        """A transaction, as SQLAlchemy has it. One that only reads waits for no writer."""
        with self._engine.connect().execution_options(writes=writes) as db, db.begin():
            yield db


class Facet:
    """A part of the catalog: whatever stands behind its methods is in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database


F = TypeVar("F", bound=Facet)


def reads(method: Callable[Concatenate[F, Transaction, P], T]) -> Callable[Concatenate[F, P], T]:
    """The method of a facet as one transaction, which changes nothing."""
    return _as_transaction(method, writes=False)


def writes(method: Callable[Concatenate[F, Transaction, P], T]) -> Callable[Concatenate[F, P], T]:
    """The method of a facet as one transaction."""
    return _as_transaction(method, writes=True)


def _as_transaction(
    method: Callable[Concatenate[F, Transaction, P], T], *, writes: bool
) -> Callable[Concatenate[F, P], T]:
    def call(self: F, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._database.run(lambda tx: method(self, tx, *args, **kwargs), writes=writes)

    update_wrapper(call, method)
    return call

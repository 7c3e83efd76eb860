"""Content keys as they are kept: sealed. What opens them is not in the catalog."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, Select, String, Table, bindparam, delete, func, select, update

from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.schema import content_keys, key_streams, masters, signing_keys
from pipeline.catalog.sealing import PURPOSE, current, is_current
from pipeline.catalog.signing import SigningKey
from pipeline.errors import KeysError

STREAMS = 1 << 24
"""Of one key: as many as fit beside a decode time into the IVs of AES-CTR."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A content key: `kid` is its id in hex, `owner` the job that it was made for, `key_class` the tracks of
    that job's title which it encrypts; `sealed` is bound to all that `context` names, and opened by the
    master key whose id is `master`. `signalling`, what is public of
    it, is JSON."""

    owner: str
    key_class: str
    kid: str
    title: str
    master: str
    sealed: bytes
    signalling: bytes

    @property
    def context(self) -> bytes:
        return "\0".join(("content", self.kid, self.title, self.key_class)).encode()


Sealed = SealedKey | SigningKey
Reseal = Callable[[Sealed], bytes]
"""The same key sealed under another master key. It may be called more than once for one."""

_COLUMNS = tuple(content_keys.c[name] for name in SealedKey.__slots__)


class Keys(Facet):
    @reads
    def master(self, tx: Transaction) -> str | None:
        """Id of the master key under which keys are sealed; None where nothing was sealed yet."""
        master: str | None = tx.scalar(current())
        return master

    @writes
    def adopt(self, tx: Transaction, master: str) -> str:
        """Seal under this master key from now on, unless there is one already; the id of the one there is."""
        first = tx.upsert(masters).on_conflict_do_nothing(index_elements=["purpose"])
        tx.execute(first, {"purpose": PURPOSE, "id": master})
        adopted: str = tx.scalar(current())
        return adopted

    @writes
    def add(self, tx: Transaction, keys: Sequence[SealedKey]) -> bool:
        """Record keys, except where their owner has one of that class already. False, with nothing recorded,
        where they were sealed under a master key that is not the current one any more."""
        if not is_current(tx, (key.master for key in keys)):
            return False
        rows = [
            {**{name: getattr(key, name) for name in SealedKey.__slots__}, "created": tx.now} for key in keys
        ]
        new = tx.upsert(content_keys).on_conflict_do_nothing(index_elements=["owner", "key_class"])
        tx.execute(new, rows)
        return True

    @reads
    def of_owner(self, tx: Transaction, owner: str) -> list[SealedKey]:
        return _found(tx, select(*_COLUMNS).where(content_keys.c.owner == owner))

    @reads
    def of_title(self, tx: Transaction, title: str) -> list[SealedKey]:
        """All that ever encrypted something of a title, the newest last."""
        of_title = select(*_COLUMNS).where(content_keys.c.title == title)
        return _found(tx, of_title.order_by(content_keys.c.created, content_keys.c.owner, content_keys.c.kid))

    @reads
    def by_id(self, tx: Transaction, kids: Iterable[str]) -> list[SealedKey]:
        """The keys of these ids; one that was given for several titles, once for each."""
        return _found(tx, select(*_COLUMNS).where(content_keys.c.kid.in_(list(kids))))

    @writes
    def forget(self, tx: Transaction, title: str) -> None:
        """Remove the keys of a title: what they encrypted is lost. Stream numbers stay taken."""
        tx.execute(delete(content_keys).where(content_keys.c.title == title))

    @writes
    def stream(self, tx: Transaction, kid: str, use: str) -> int:
        """A number that no other use of the key has or ever had, and the same for the same use. Raises
        KeysError where none is left."""
        values = {"kid": kid, "used_for": use}
        number: int | None = None
        while number is None:
            # Another transaction may take the number first: this one then waits for its end and looks again.
            new = tx.upsert(key_streams).from_select(["kid", "used_for", "number"], _NEXT)
            tx.execute(new.on_conflict_do_nothing(), values)
            number = tx.scalar(_NUMBER, values)
        if number >= STREAMS:
            raise KeysError(
                f"key {kid} encrypted {STREAMS} tracks and must not encrypt more: use another key"
            )
        return number

    @writes
    def reseal(self, tx: Transaction, master: str, reseal: Reseal) -> int:
        """Seal everything under another master key, all or nothing, and all that comes from now on; how many
        keys were sealed under an older one."""
        tx.execute(current().with_for_update())
        changed = 0
        for table, kind in ((content_keys, SealedKey), (signing_keys, SigningKey)):
            changed += _reseal(tx, table, kind, master, reseal)
        tx.execute(update(masters).where(masters.c.purpose == PURPOSE).values(id=master))
        return changed


_NEXT = select(
    bindparam("kid", type_=String()),
    bindparam("used_for", type_=String()),
    func.coalesce(func.max(key_streams.c.number) + 1, 0, type_=Integer()),
).where(key_streams.c.kid == bindparam("kid"))

_NUMBER = select(key_streams.c.number).where(
    key_streams.c.kid == bindparam("kid"), key_streams.c.used_for == bindparam("used_for")
)


def _found(tx: Transaction, query: Select[tuple[object, ...]]) -> list[SealedKey]:
    return [SealedKey(*row) for row in tx.execute(query)]


def _reseal(tx: Transaction, table: Table, kind: type[Sealed], master: str, reseal: Reseal) -> int:
    columns = [table.c[name] for name in kind.__slots__]
    rows = tx.execute(select(*columns).where(table.c.master != master).with_for_update()).all()
    for row in rows:
        same = [column == row[number] for number, column in enumerate(columns) if column.primary_key]
        sealed = reseal(kind(*row))
        tx.execute(update(table).where(*same).values(master=master, sealed=sealed))
    return len(rows)

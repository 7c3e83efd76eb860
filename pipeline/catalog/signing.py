"""Keys that sign playback tokens and links, sealed as content keys are."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update

from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.schema import signing_keys
from pipeline.catalog.sealing import is_current


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`id` is what tokens name it by; tokens that it signed are taken until `ends`, None for one in use.
    Whatever is signed by one `algorithm` is of one kind."""

    id: str
    algorithm: str
    master: str
    sealed: bytes
    created: float = 0.0
    ends: float | None = None

    @property
    def context(self) -> bytes:
        return "\0".join(("token", self.id, self.algorithm)).encode()


_COLUMNS = tuple(signing_keys.c[name] for name in SigningKey.__slots__)


class Signing(Facet):
    @reads
    def newest(self, tx: Transaction, algorithm: str) -> SigningKey | None:
        """The one to sign with."""
        in_use = (signing_keys.c.algorithm == algorithm) & signing_keys.c.ends.is_(None)
        newest = select(*_COLUMNS).where(in_use).order_by(signing_keys.c.created.desc(), signing_keys.c.id)
        row = tx.execute(newest.limit(1)).first()
        return SigningKey(*row) if row else None

    @reads
    def get(self, tx: Transaction, key: str) -> SigningKey | None:
        """The key of that id, if what it signed is still taken."""
        lasts = or_(signing_keys.c.ends.is_(None), signing_keys.c.ends > tx.now)
        row = tx.execute(select(*_COLUMNS).where(signing_keys.c.id == key, lasts)).first()
        return SigningKey(*row) if row else None

    @reads
    def taken(self, tx: Transaction, algorithm: str) -> list[SigningKey]:
        """All of that algorithm of which what they signed is still taken."""
        lasts = or_(signing_keys.c.ends.is_(None), signing_keys.c.ends > tx.now)
        rows = tx.execute(select(*_COLUMNS).where(signing_keys.c.algorithm == algorithm, lasts))
        return [SigningKey(*row) for row in rows]

    @writes
    def add(
        self, tx: Transaction, key: SigningKey, overlap: float | None = None, among: Collection[str] = ()
    ) -> bool:
        """Record a key and, where `overlap` is given, end all others that sign by one of the algorithms
        `among` so many seconds from now. False, with nothing done, where it was sealed under a master key
        that is not the current one any more."""
        if not is_current(tx, [key.master]):
            return False
        if overlap is not None:
            tx.execute(delete(signing_keys).where(signing_keys.c.ends <= tx.now))
            last = tx.now + overlap
            later = or_(signing_keys.c.ends.is_(None), signing_keys.c.ends > last)
            replaced = signing_keys.c.algorithm.in_(among)
            tx.execute(update(signing_keys).where(replaced, later).values(ends=last))
        row = {name: getattr(key, name) for name in SigningKey.__slots__} | {"created": tx.now}
        tx.execute(signing_keys.insert(), row)
        return True

"""API keys, of which the catalog knows no more than a digest."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.schema import api_keys


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """`digest` is the SHA-256 of the key."""

    name: str
    digest: bytes
    created: float


_COLUMNS = tuple(api_keys.c[name] for name in ApiKeyRecord.__slots__)


class ApiKeys(Facet):
    @writes
    def add(self, tx: Transaction, name: str, digest: bytes) -> bool:
        """Whether the name was free."""
        new = tx.upsert(api_keys).on_conflict_do_nothing(index_elements=["name"])
        row = {"name": name, "digest": digest, "created": tx.now}
        return tx.scalar(new.returning(api_keys.c.name), row) is not None

    @reads
    def all(self, tx: Transaction) -> list[ApiKeyRecord]:
        """By name."""
        return [ApiKeyRecord(*row) for row in tx.execute(select(*_COLUMNS).order_by(api_keys.c.name))]

    @reads
    def find(self, tx: Transaction, digest: bytes) -> ApiKeyRecord | None:
        row = tx.execute(select(*_COLUMNS).where(api_keys.c.digest == digest)).first()
        return ApiKeyRecord(*row) if row else None

    @writes
    def revoke(self, tx: Transaction, name: str) -> bool:
        """Whether there was one of that name."""
        return bool(tx.execute(delete(api_keys).where(api_keys.c.name == name)).rowcount)

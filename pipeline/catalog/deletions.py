"""Versions that were deleted, whose files stay until players that began with them have ended."""

from sqlalchemy import Select, delete, insert, literal, select, update

from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.records import DeletionRecord
from pipeline.catalog.schema import deletions, versions

_ALL = select(deletions.c.title, deletions.c.version, deletions.c.due).order_by(
    deletions.c.due, deletions.c.title, deletions.c.version
)


class Deletions(Facet):
    @reads
    def of(self, tx: Transaction, title: str) -> list[DeletionRecord]:
        """The deleted versions of a title whose files may still be there."""
        return _found(tx, _ALL.where(deletions.c.title == title))

    @reads
    def pending(self, tx: Transaction) -> list[DeletionRecord]:
        """Those whose files have to stay."""
        return _found(tx, _ALL.where(deletions.c.due > tx.now))

    @reads
    def due(self, tx: Transaction) -> list[DeletionRecord]:
        """Those whose files may go."""
        return _found(tx, _ALL.where(deletions.c.due <= tx.now))

    @writes
    def done(self, tx: Transaction, deletion: DeletionRecord) -> None:
        """The files are gone, or somebody else's by now."""
        same = [deletions.c[name] == getattr(deletion, name) for name in DeletionRecord.__slots__]
        tx.execute(delete(deletions).where(*same))


def record(tx: Transaction, title: str, grace: float) -> None:
    """All versions of a title are being deleted, to go in `grace` seconds; none of them later than that, also
    those that were deleted before."""
    due = tx.now + grace
    of_title = deletions.c.title == title
    tx.execute(update(deletions).where(of_title, deletions.c.due > due).values(due=due))
    new = select(versions.c.title, versions.c.version, literal(due)).where(versions.c.title == title)
    tx.execute(insert(deletions).from_select(["title", "version", "due"], new))


def revoke(tx: Transaction, title: str, version: str) -> None:
    """A version is published again."""
    tx.execute(delete(deletions).where(deletions.c.title == title, deletions.c.version == version))


def _found(tx: Transaction, query: Select[tuple[str, str, float]]) -> list[DeletionRecord]:
    return [DeletionRecord(*row) for row in tx.execute(query)]

"""Titles, their published versions, and which of them each shows."""

from sqlalchemy import Select, delete, select, update

from pipeline.catalog import deletions
from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.leases import require
from pipeline.catalog.records import Lease, VersionRecord
from pipeline.catalog.schema import titles, versions

_is_current = (titles.c.version == versions.c.version).is_(True)


def _versions() -> Select[tuple[str, str, str, bytes, float, bool]]:
    columns = (versions.c.title, versions.c.version, versions.c.job, versions.c.summary, versions.c.published)
    return select(*columns, _is_current).join(titles, titles.c.slug == versions.c.title)


def _lock(tx: Transaction, title: str) -> None:
    """Let nobody else change what the title shows, or its versions: before, not while they are looked at."""
    tx.execute(select(titles.c.slug).where(titles.c.slug == title).with_for_update(key_share=True))


class Titles(Facet):
    @writes
    def publish(self, tx: Transaction, lease: Lease, version: str, summary: bytes) -> None:
        """Record `version` as the one that the job's title shows. Raises StaleLeaseError where the
        publication is another worker's by now: what that published since is not undone."""
        require(tx, lease)
        title = {"slug": lease.title, "version": version}
        shown = tx.upsert(titles).on_conflict_do_update(index_elements=["slug"], set_={"version": version})
        tx.execute(shown, title)
        values = {"job": lease.job, "summary": summary, "published": tx.now}
        known = tx.upsert(versions).on_conflict_do_update(index_elements=["title", "version"], set_=values)
        tx.execute(known, {"title": lease.title, "version": version, **values})
        deletions.revoke(tx, lease.title, version)

    @writes
    def show(self, tx: Transaction, title: str, version: str) -> bool:
        """Have a title show an earlier version; whether there is such a one."""
        _lock(tx, title)
        known = select(versions.c.version).where(versions.c.title == title, versions.c.version == version)
        if tx.scalar(known) is None:
            return False
        tx.execute(update(titles).where(titles.c.slug == title).values(version=version))
        return True

    @reads
    def current(self, tx: Transaction, title: str) -> str | None:
        """The version that a title shows."""
        shown: str | None = tx.scalar(select(titles.c.version).where(titles.c.slug == title))
        return shown

    @reads
    def published(self, tx: Transaction) -> list[VersionRecord]:
        """What every title shows, newest first."""
        rows = tx.execute(_versions().where(_is_current).order_by(versions.c.published.desc()))
        return [VersionRecord(*row) for row in rows]

    @reads
    def versions(self, tx: Transaction, title: str) -> list[VersionRecord]:
        """All versions of a title, the one published last first."""
        rows = tx.execute(_versions().where(titles.c.slug == title).order_by(versions.c.published.desc()))
        return [VersionRecord(*row) for row in rows]

    @reads
    def all_versions(self, tx: Transaction) -> list[VersionRecord]:
        """All versions of all titles."""
        return [VersionRecord(*row) for row in tx.execute(_versions().order_by(versions.c.published))]

    @writes
    def hide(self, tx: Transaction, title: str) -> bool:
        """A title shows nothing any more, its versions are kept; whether there is such a title."""
        hidden = tx.execute(update(titles).where(titles.c.slug == title).values(version=None))
        return bool(hidden.rowcount)

    @writes
    def forget(self, tx: Transaction, title: str, grace: float = 0.0) -> None:
        """Remove a title and its versions, whose files are to stay for `grace` seconds."""
        _lock(tx, title)
        deletions.record(tx, title, grace)
        tx.execute(delete(versions).where(versions.c.title == title))
        tx.execute(delete(titles).where(titles.c.slug == title))

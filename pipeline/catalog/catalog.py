"""Jobs and their steps in SQL: claimed by lease, finished once, resumed after any crash."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.catalog.database import Database
from pipeline.catalog.records import Lease, StepRecord, StepSpec, VersionRecord
from pipeline.catalog.schema import edges, jobs, metadata, steps, titles, versions
from pipeline.errors import StaleLeaseError

LEASE_SECONDS = 30.0
"""How long a step stays claimed without a heartbeat; a holder renews several times within it."""


class Catalog:
    """All state that is not an artifact. Every method is one transaction, safe from threads and processes."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(url)
        self._clock = clock
        with self._database.transaction() as db:
            metadata.create_all(db)

    def close(self) -> None:
        self._database.close()

    # Jobs

    def open_job(self, job: str, title: str, spec: bytes, first: Sequence[StepSpec]) -> None:
        """Record a job and its first steps; where it is recorded already, nothing changes."""
        with self._database.transaction() as db:
            if db.scalar(select(jobs.c.id).where(jobs.c.id == job)):
                return
            row = {"id": job, "title": title, "spec": spec, "created": self._clock()}
            try:
                with db.begin_nested():
                    db.execute(jobs.insert(), row)
            except IntegrityError:
                return  # Another process recorded it between our look and our insert.
            _add_steps(db, job, first)

    def forget_job(self, job: str) -> None:
        """Remove a job and its steps: its master turned out not to be one."""
        with self._database.transaction() as db:
            of_job = select(steps.c.id).where(steps.c.job == job)
            db.execute(delete(edges).where(edges.c.child.in_(of_job)))
            db.execute(delete(steps).where(steps.c.job == job))
            db.execute(delete(jobs).where(jobs.c.id == job))

    def job_spec(self, job: str) -> bytes | None:
        with self._database.transaction(writes=False) as db:
            return db.scalar(select(jobs.c.spec).where(jobs.c.id == job))

    def steps(self, job: str) -> list[StepRecord]:
        """All steps of a job in the order they were added."""
        columns = (steps.c.name, steps.c.kind, steps.c.state, steps.c.attempts, steps.c.result, steps.c.error)
        with self._database.transaction(writes=False) as db:
            rows = db.execute(select(*columns).where(steps.c.job == job).order_by(steps.c.id))
            return [StepRecord(*row) for row in rows]

    def result(self, job: str, name: str) -> bytes | None:
        """A step's result, None while it is not done."""
        with self._database.transaction(writes=False) as db:
            found = db.scalar(select(steps.c.result).where(steps.c.job == job, steps.c.name == name))
        return None if found is None else bytes(found)

    # Steps

    def claim(self, job: str, owner: str) -> Lease | None:
        """Lease the first step of a job that is ready, or whose holder let its lease expire; None where
        there is none. Nobody takes over from himself: after a laptop slept, its work still goes on."""
        now = self._clock()
        expired = (steps.c.state == "running") & (steps.c.expires < now) & (steps.c.owner != owner)
        free = (steps.c.job == job) & ((steps.c.state == "ready") | expired)
        with self._database.transaction() as db:
            row = db.execute(select(steps).where(free).order_by(steps.c.id).limit(1)).mappings().first()
            if row is None:
                return None
            taken = db.execute(
                update(steps)
                .where(steps.c.id == row["id"], steps.c.fence == row["fence"])
                .values(
                    state="running",
                    owner=owner,
                    expires=now + LEASE_SECONDS,
                    fence=row["fence"] + 1,
                    attempts=row["attempts"] + 1,
                )
            )
            return _lease(row, owner) if taken.rowcount else None

    def renew(self, owner: str) -> None:
        """Heartbeat: extend all leases of an owner."""
        with self._database.transaction() as db:
            held = (steps.c.owner == owner) & (steps.c.state == "running")
            db.execute(update(steps).where(held).values(expires=self._clock() + LEASE_SECONDS))

    def finish(self, lease: Lease, result: bytes, then: Sequence[StepSpec] = ()) -> None:
        """Record a step's result, add the steps it brought forth and release those that waited for it, all
        or nothing. Raises StaleLeaseError when the lease has passed to another holder."""
        with self._database.transaction() as db:
            _end(db, lease, {"state": "done", "result": result, "owner": None, "expires": None})
            children = select(edges.c.child).where(edges.c.parent == lease.step)
            waiting = steps.c.waiting_for
            db.execute(update(steps).where(steps.c.id.in_(children)).values(waiting_for=waiting - 1))
            free = steps.c.id.in_(children) & (waiting == 0) & (steps.c.state == "waiting")
            db.execute(update(steps).where(free).values(state="ready"))
            _add_steps(db, lease.job, then)

    def fail(self, lease: Lease, error: str) -> None:
        """Record that a step failed for good; its job can be continued by `retry`."""
        with self._database.transaction() as db:
            _end(db, lease, {"state": "failed", "error": error[:4000], "owner": None, "expires": None})

    def give_back(self, lease: Lease) -> None:
        """The step is ready again at once: its holder stops in an orderly way."""
        with self._database.transaction() as db:
            _end(db, lease, {"state": "ready", "owner": None, "expires": None})

    def retry(self, job: str) -> None:
        """Make failed steps ready again."""
        with self._database.transaction() as db:
            failed = (steps.c.job == job) & (steps.c.state == "failed")
            db.execute(update(steps).where(failed).values(state="ready", error=None))

    def take_back(self, job: str, is_alive: Callable[[str], bool]) -> None:
        """Release at once what owners known to be dead hold, without waiting for the leases to expire."""
        running = (steps.c.job == job) & (steps.c.state == "running")
        with self._database.transaction() as db:
            held = db.execute(select(steps.c.id, steps.c.owner, steps.c.fence).where(running)).all()
            for step, owner, fence in held:
                if not is_alive(owner):
                    same = (steps.c.id == step) & (steps.c.fence == fence)
                    db.execute(update(steps).where(same).values(state="ready", owner=None, expires=None))

    # Titles

    def publish(self, title: str, version: str, job: str, summary: bytes) -> None:
        """Record `version` as the one that `title` shows."""
        with self._database.transaction() as db:
            if db.scalar(select(titles.c.slug).where(titles.c.slug == title)) is None:
                db.execute(titles.insert(), {"slug": title})
            key = (versions.c.title == title) & (versions.c.version == version)
            values = {"job": job, "summary": summary, "published": self._clock()}
            if not db.execute(update(versions).where(key).values(**values)).rowcount:
                db.execute(versions.insert(), {"title": title, "version": version, **values})
            db.execute(update(titles).where(titles.c.slug == title).values(version=version))

    def published(self) -> list[VersionRecord]:
        """What every title shows, newest first."""
        current = (titles.c.slug == versions.c.title) & (titles.c.version == versions.c.version)
        columns = (versions.c.title, versions.c.version, versions.c.summary, versions.c.published)
        query = select(*columns).join(titles, current).order_by(versions.c.published.desc())
        with self._database.transaction(writes=False) as db:
            return [VersionRecord(*row) for row in db.execute(query)]


def _add_steps(db: Connection, job: str, specs: Iterable[StepSpec]) -> None:
    """Insert steps in order; `after` may name steps added before or in the same call."""
    known = select(steps.c.name, steps.c.id, steps.c.state).where(steps.c.job == job)
    ids: dict[str, tuple[int, str]] = {name: (step, state) for name, step, state in db.execute(known)}
    links = []
    for spec in specs:
        parents = [ids[name][0] for name in spec.after if ids[name][1] != "done"]
        row = {"job": job, "name": spec.name, "kind": spec.kind, "params": spec.params}
        state = "waiting" if parents else "ready"
        inserted = db.execute(steps.insert().values(**row, state=state, waiting_for=len(parents)))
        key = inserted.inserted_primary_key
        assert key is not None  # noqa: S101  an insert of one row has a key
        ids[spec.name] = (key[0], state)
        links += [{"parent": parent, "child": key[0]} for parent in parents]
    if links:
        db.execute(edges.insert(), links)


def _end(db: Connection, lease: Lease, values: Mapping[str, Any]) -> None:
    held = (steps.c.id == lease.step) & (steps.c.fence == lease.fence) & (steps.c.state == "running")
    if not db.execute(update(steps).where(held).values(**values)).rowcount:
        raise StaleLeaseError(f"{lease.job}: step {lease.name} was taken over by another worker")


def _lease(row: RowMapping, owner: str) -> Lease:
    return Lease(
        step=row["id"],
        job=row["job"],
        name=row["name"],
        kind=row["kind"],
        params=row["params"],
        attempt=row["attempts"] + 1,
        owner=owner,
        fence=row["fence"] + 1,
    )

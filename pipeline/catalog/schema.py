"""Tables of the catalog: titles, versions, jobs, steps and what each step waits for."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

titles = Table(
    "titles",
    metadata,
    Column("slug", String(200), primary_key=True),
    Column("version", String(64), nullable=True, doc="the published version"),
)

versions = Table(
    "versions",
    metadata,
    Column("title", ForeignKey("titles.slug"), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("job", String(64), nullable=False),
    Column("summary", LargeBinary, nullable=False, doc="JSON: what a listing shows of it"),
    Column("published", Float, nullable=False, doc="seconds since the epoch"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("spec", LargeBinary, nullable=False, doc="JSON: the request, never changed"),
    Column("created", Float, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", ForeignKey("jobs.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("params", LargeBinary, nullable=False, doc="JSON, never changed"),
    Column("state", String(10), nullable=False),
    Column("waiting_for", Integer, nullable=False, doc="how many steps must be done first"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(200), nullable=True, doc="who holds the lease"),
    Column("expires", Float, nullable=True, doc="when the lease ends, seconds since the epoch"),
    Column("fence", Integer, nullable=False, default=0, doc="grows with every lease"),
    Column("result", LargeBinary, nullable=True, doc="JSON, once done"),
    Column("error", String(4000), nullable=True),
    UniqueConstraint("job", "name"),
    Index("steps_by_state", "job", "state", "id"),
    # The id of a forgotten job's step must never name another: a lease on it may still be out.
    sqlite_autoincrement=True,
)

edges = Table(
    "edges",
    metadata,
    Column("parent", ForeignKey("steps.id"), primary_key=True),
    Column("child", ForeignKey("steps.id"), primary_key=True),
)

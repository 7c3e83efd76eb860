"""Tables of the catalog, as the newest migration leaves them.

Indexes on steps cover only those in the states that are looked for, so that no search grows with the steps
that are done. A partial index is used where the query states its condition word for word: see `is_in`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

from pipeline.catalog.records import StepState

metadata = MetaData()

Big = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite has one kind of integer, of 64 bits, and numbers rows only by one that is called so."""

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

deletions = Table(
    "deletions",
    metadata,
    Column("title", String(200), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("due", Float, nullable=False, doc="when the files of the version may go"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("spec", LargeBinary, nullable=False, doc="JSON: the request, never changed"),
    Column("created", Float, nullable=False),
    Column("state", String(10), nullable=False, server_default="running"),
    Column("priority", Integer, nullable=False, server_default="5"),
    Column("cluster", Boolean, nullable=False, server_default=false()),
    Column("ended", Float, nullable=True),
    Column("error", String(4000), nullable=True),
    # What its steps add up to, kept so that nobody has to add up a million of them.
    Column("total", Integer, nullable=False, server_default="0"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
    Column("frames", BigInteger, nullable=False, server_default="0"),
    Column("cpu", Float, nullable=False, server_default="0"),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Index("jobs_by_age", "created"),
    Index("jobs_of_title", "title", "created"),
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
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("owner", String(200), nullable=True, doc="who holds the lease"),
    Column("expires", Float, nullable=True, doc="when the lease ends, seconds since the epoch"),
    Column("fence", Integer, nullable=False, server_default="0", doc="grows with every lease"),
    Column("result", LargeBinary, nullable=True, doc="JSON, once done"),
    Column("error", String(4000), nullable=True),
    Column("queue", String(10), nullable=True, doc="none where the job is not one of the cluster"),
    Column("priority", Integer, nullable=False, server_default="5", doc="that of the job"),
    Column("threads", Integer, nullable=False, server_default="0"),
    Column("memory", BigInteger, nullable=False, server_default="0", doc="bytes"),
    Column("seconds", Float, nullable=False, server_default="3600", doc="limit of one attempt"),
    Column("sent", Float, nullable=True, doc="when workers were told that it is ready"),
    Column("not_before", Float, nullable=True, doc="when it is due, if later than ready"),
    Column("since", Float, nullable=False, server_default="0", doc="when it entered its state"),
    Column("failures", Integer, nullable=False, server_default="0", doc="put off so often"),
    Column("kills", Integer, nullable=False, server_default="0", doc="ended its process so often"),
    Column("losses", Integer, nullable=False, server_default="0", doc="lost with its worker so often"),
    Column("worker", String(200), nullable=True, doc="who started the owner"),
    Column("storing", Boolean, nullable=False, server_default=false(), doc="needs no room any more"),
    UniqueConstraint("job", "name"),
    # The id of a forgotten job's step must never name another: a lease on it may still be out.
    sqlite_autoincrement=True,
)


def is_in(*states: StepState, of: FromClause = steps) -> ColumnElement[bool]:
    """Whether a step is in one of the states; spelled out, for a parameter matches no partial index."""
    names = [literal_column(f"'{state}'", String()) for state in states]
    return of.c.state == names[0] if len(names) == 1 else of.c.state.in_(names)


ACTIVE: tuple[StepState, ...] = ("waiting", "ready", "running", "failed", "parked")
"""What `figures` counts: neither done nor stopped, of which there are ever more."""


def _partial(name: str, condition: ColumnElement[bool], *columns: str | ColumnElement[int]) -> None:
    """An index of the rows for which the condition holds."""
    in_steps = [steps.c[column] if isinstance(column, str) else column for column in columns]
    Index(name, *in_steps, sqlite_where=condition, postgresql_where=condition)


_partial("steps_claimable", is_in("ready", "running"), "job", "id")
_partial("steps_held", is_in("running"), "worker")
_partial("steps_active", is_in(*ACTIVE), "state", "queue", "since", "not_before")
_partial("steps_sent", is_in("ready") & steps.c.sent.is_not(None), "queue", "sent")
_partial("steps_unsent", is_in("ready") & steps.c.sent.is_(None), "queue", steps.c.priority.desc(), "id")

edges = Table(
    "edges",
    metadata,
    Column("parent", ForeignKey("steps.id"), primary_key=True),
    Column("child", ForeignKey("steps.id"), primary_key=True, index=True),
)

attempts = Table(
    "attempts",
    metadata,
    Column("step", ForeignKey("steps.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("started", Float, nullable=False),
    Column("ended", Float, nullable=True),
    Column("outcome", String(10), nullable=True),
    Column("kind", String(100), nullable=True, doc="the class of the error"),
    Column("error", String(4000), nullable=True),
    Column("evidence", Text, nullable=True),
)

events = Table(
    "events",
    metadata,
    Column("id", Big, primary_key=True),
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("at", Float, nullable=False),
    Column("body", LargeBinary, nullable=False, doc="JSON"),
    Column("due", Float, nullable=True, doc="when its webhook is to be called, none where it is not"),
    Column("tries", Integer, nullable=False, server_default="0", doc="calls of the webhook that failed"),
    Index("events_of_job", "job", "id"),
    # A reader's place in a job's events must stay one when the newest of them are gone.
    sqlite_autoincrement=True,
)
Index(
    "events_due",
    events.c.due,
    sqlite_where=events.c.due.is_not(None),
    postgresql_where=events.c.due.is_not(None),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("counter", String(10), primary_key=True),
    Column("value", Float, nullable=False, doc="what the jobs that were forgotten had added up to"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("machine", String(200), nullable=False),
    Column("queues", String(200), nullable=False, doc="names, with a comma before and after each"),
    Column("slots", Integer, nullable=False),
    Column("threads", Integer, nullable=False),
    Column("memory", BigInteger, nullable=False),
    Column("started", Float, nullable=False),
    Column("seen", Float, nullable=False, doc="its last heartbeat"),
)

locks = Table(
    "locks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("expires", Float, nullable=False),
)

masters = Table(
    "masters",
    metadata,
    Column("purpose", String(10), primary_key=True),
    Column("id", String(16), nullable=False, doc="of the master key under which keys are sealed from now on"),
)

content_keys = Table(
    "content_keys",
    metadata,
    Column("owner", String(64), primary_key=True, doc="a job"),
    Column("key_class", String(8), primary_key=True),
    Column("kid", String(32), nullable=False, doc="hex"),
    Column("title", String(200), nullable=False),
    Column("master", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False, doc="never the key in the clear"),
    Column("signalling", LargeBinary, nullable=False, doc="JSON: what is public of it"),
    Column("created", Float, nullable=False),
    Index("content_keys_by_id", "kid"),
    Index("content_keys_of_title", "title"),
)

key_streams = Table(
    "key_streams",
    metadata,
    Column("kid", String(32), primary_key=True),
    Column("used_for", String(300), primary_key=True),
    Column("number", Integer, nullable=False),
    UniqueConstraint("kid", "number"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("algorithm", String(8), nullable=False),
    Column("master", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created", Float, nullable=False),
    Column("ends", Float, nullable=True, doc="when tokens signed with it are no longer taken"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, doc="SHA-256"),
    Column("created", Float, nullable=False),
)

"""How databases find what the catalog asks for: never by a look at the steps that are done."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from filming import PLAN, ROOM, encode, film, separate, step_id
from sqlalchemy import Connection, Engine, event, text

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.engine import make_engine
from pipeline.catalog.records import QUEUES, Lease, WorkerRecord

DONE = 20_000
"""Finished steps of finished jobs: enough for a database to know that it must not read them all."""

Statement = tuple[str, object]


@pytest.fixture
def old(catalog: Catalog, url: str) -> None:
    """A catalog that has seen a lot."""
    numbers = f"with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {DONE})"
    statements = [
        f"{numbers} insert into jobs (id, title, spec, created, state, ended, total, done) "
        "select 'old' || i, 'old', '', i, 'done', i, 100, 100 from n where i < 200",
        f"{numbers} insert into steps (job, name, kind, params, state, waiting_for, attempts, queue) "
        "select 'old' || (i % 200), 'step:' || i, 'encode', '', 'done', 0, 1, 'cpu' from n",
        "insert into edges select id, id + 1 from steps where id % 100 > 0",
        "insert into attempts (step, number, owner, started, ended, outcome) "
        "select id, 1, 'host.1.1', 0, 1, 'done' from steps",
    ]
    engine = make_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        if engine.dialect.name == "postgresql":
            connection.execute(text("analyze"))
    engine.dispose()
    catalog.workers.beat(WorkerRecord("worker", "host", ("cpu",), 4, 8, 8_000))
    film(catalog, PLAN, *map(separate, range(100)), cluster=True)


def work(catalog: Catalog) -> None:
    """All that is done often, or while others wait."""
    plan = catalog.steps.claim(step_id(catalog, "plan"), "process", ROOM)
    assert isinstance(plan, Lease)
    catalog.steps.finish(plan, b"", [encode(number) for number in range(100)])
    lease = catalog.steps.claim_next("film", "process")
    assert isinstance(lease, Lease)
    catalog.steps.renew([lease])
    catalog.steps.give_back(lease)
    catalog.queue.hints()
    catalog.queue.forget_sent(60.0)
    catalog.queue.forget_sent(60.0, "cpu")
    catalog.queue.take_expired()
    catalog.queue.take_back(lambda owner: False, "host")
    catalog.queue.figures()
    catalog.workers.busy()
    catalog.jobs.prioritize("film", 9)
    catalog.jobs.cancel("film")
    catalog.jobs.retry("film")


@pytest.mark.usefixtures("old")
def test_nothing_reads_the_steps_that_are_done(catalog: Catalog, url: str) -> None:
    with statements() as asked:
        work(catalog)
    engine = make_engine(url)
    with engine.connect() as connection:
        explain = PLANS[engine.dialect.name]
        found = [(statement, step) for statement in asked for step in explain(connection, statement)]
    engine.dispose()
    assert len(found) > 50
    assert [(statement, step) for statement, step in found if not re.match(FAST, step)] == []


FAST = r"\w+ of (workers|forgotten|jobs)|steps_(held|sent|unsent|active|claimable)|\w+ by "
"""Small tables, indexes of the steps that are not done, and any index where a part of its key is known."""


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What is asked of any database meanwhile, with the values."""
    asked: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if re.match("SELECT|UPDATE|DELETE|WITH", statement):
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def sqlite_plan(connection: Connection, statement: Statement) -> Iterator[str]:
    """How each table is read, but for what an announcement itself collects by queue: `INDEX`, `INDEX by KEY`,
    `all of TABLE`."""
    for *_, line in connection.exec_driver_sql(f"explain query plan {statement[0]}", statement[1]):
        scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$", line)
        search = re.match(r"SEARCH \w+ USING .*?(\w+) \((.*)\)", line)
        if search:
            yield f"{search[1]} by {search[2]}"
        elif scan and scan[1] not in QUEUES:
            yield scan[2] if scan[2] and scan[2].startswith("steps_") else f"all of {scan[1]}"


def postgresql_plan(connection: Connection, statement: Statement) -> Iterator[str]:
    """As above."""
    ((plan,),) = connection.exec_driver_sql(f"explain (format json) {statement[0]}", statement[1])
    yield from _reads(plan[0]["Plan"])


def _reads(node: dict[str, object]) -> Iterator[str]:
    index = node.get("Index Name")
    if index:
        condition = node.get("Index Cond")
        yield f"{index} by {condition}" if condition else str(index)
    elif node["Node Type"] == "Seq Scan":
        yield f"all of {node['Relation Name']}"
    for below in node.get("Plans", ()):
        yield from _reads(below)


PLANS = {"sqlite": sqlite_plan, "postgresql": postgresql_plan}

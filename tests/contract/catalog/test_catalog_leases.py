"""Leases: kept by heartbeats, passed on when these stop, refused from then on."""

import pytest
from filming import Clock, encode, film, finish, rows, separate, states, take
from sqlalchemy import text

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.engine import make_engine
from pipeline.catalog.records import LEASE_SECONDS


def test_a_lease_expires_unless_it_is_renewed(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    lease = take(catalog, "plan", owner="one")
    clock.now += LEASE_SECONDS - 1
    assert catalog.steps.renew([lease]) == {lease.step}
    clock.now += LEASE_SECONDS
    assert catalog.steps.claim_next("film", "two") is None
    clock.now += 1
    again = take(catalog, "plan", owner="two")
    assert (again.owner, again.attempt, again.fence) == ("two", 2, 2)
    assert catalog.steps.renew([lease]) == set()
    assert catalog.steps.renew([again]) == {again.step}


def test_a_lease_lasts_as_long_as_the_site_wants(url: str, clock: Clock) -> None:
    catalog = Catalog(url, clock, lease=5.0)
    film(catalog)
    lease = take(catalog, "plan", owner="one")
    clock.now += 4
    catalog.steps.renew([lease])
    clock.now += 5
    assert catalog.steps.claim_next("film", "two") is None
    clock.now += 1
    take(catalog, "plan", owner="two")
    catalog.close()


def test_many_leases_are_renewed_at_once_and_those_that_ended_are_told(
    catalog: Catalog, clock: Clock
) -> None:
    film(catalog, separate(1), separate(2), separate(3))
    one, two, three = (take(catalog, f"step:{number}") for number in (1, 2, 3))
    catalog.steps.finish(two, b"")
    clock.now += LEASE_SECONDS - 1
    assert catalog.steps.renew([one, two, three]) == {one.step, three.step}
    clock.now += 2
    assert catalog.steps.claim_next("film", "another") is None
    assert catalog.steps.renew([]) == set()


def test_nobody_takes_over_from_himself(catalog: Catalog, clock: Clock) -> None:
    """Threads of one process share a name; one that is idle must not do again what another still does."""
    film(catalog)
    lease = take(catalog, "plan", owner="one")
    clock.now += 10 * LEASE_SECONDS
    assert catalog.steps.claim_next("film", "one") is None
    catalog.steps.finish(lease, b"done after all")


def test_an_expired_lease_still_counts_until_another_takes_it(catalog: Catalog, clock: Clock) -> None:
    """A laptop that slept for an hour goes on where it was."""
    film(catalog)
    lease = take(catalog, "plan", owner="one")
    clock.now += 3600
    assert catalog.steps.renew([lease]) == {lease.step}
    clock.now += 3600
    catalog.steps.finish(lease, b"late but whole")
    assert catalog.steps.result("film", "plan") == b"late but whole"


def test_leases_go_by_the_clock_of_the_database(shared: Catalog, database: str, url: str) -> None:
    """Machines disagree about the time, and step by step a cluster would lose its leases to that."""
    film(shared)
    take(shared, "plan")
    clock = {
        "sqlite": "select strftime('%s', 'now')",
        "postgresql": "select floor(extract(epoch from clock_timestamp()))",
    }
    ((left,),) = rows(url, f"select expires - ({clock[database]}) from steps")
    assert LEASE_SECONDS - 5 < left < LEASE_SECONDS + 2


def test_a_lease_by_the_database_s_clock_expires_for_one_who_is_later(shared: Catalog, url: str) -> None:
    film(shared)
    take(shared, "plan", owner="one")
    assert shared.steps.claim_next("film", "two") is None
    ((expires,),) = rows(url, "select expires from steps")
    later = Catalog(url, clock=lambda: float(str(expires)) + 1)
    take(later, "plan", owner="two")
    later.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_renewing_waits_for_nobody(catalog: Catalog, clock: Clock, url: str) -> None:
    """Else one transaction that hangs would cost all leases of the process."""
    film(catalog)
    finish(catalog, "plan", then=[encode(1), encode(2)])
    stuck, free = take(catalog, "encode:1"), take(catalog, "encode:2")
    clock.now += 10
    engine = make_engine(url)
    with engine.connect() as other:
        other.execute(text("update steps set error = 'being changed' where name = 'encode:1'"))
        assert catalog.steps.renew([stuck, free]) == {stuck.step, free.step}
    engine.dispose()
    assert rows(url, "select name, expires from steps where state = 'running' order by name") == [
        ("encode:1", 1_000_000.0 + LEASE_SECONDS),
        ("encode:2", 1_000_010.0 + LEASE_SECONDS),
    ]
    assert states(catalog) == {"plan": "done", "encode:1": "running", "encode:2": "running"}

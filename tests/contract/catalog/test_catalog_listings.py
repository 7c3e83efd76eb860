"""Which jobs there are, for people who look."""

import pytest
from filming import Clock, film, finish, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, NewJob


@pytest.fixture(autouse=True)
def jobs(catalog: Catalog, clock: Clock) -> None:
    """Four, a second apart; of the first title there are two."""
    for name, title in (("a1", "film"), ("a2", "other"), ("b1", "third"), ("b2", "film")):
        catalog.jobs.open(NewJob(name, title, b"", []))
        clock.now += 1


def ids(catalog: Catalog, limit: int = 10, **only: object) -> list[str]:
    return [job.id for job in catalog.jobs.recent(limit, **only)]  # type: ignore[arg-type]


def test_the_newest_jobs_come_first(catalog: Catalog) -> None:
    assert ids(catalog) == ["b2", "b1", "a2", "a1"]
    assert ids(catalog, limit=2) == ["b2", "b1"]


def test_jobs_are_listed_by_title(catalog: Catalog) -> None:
    assert ids(catalog, title="film") == ["b2", "a1"]
    assert ids(catalog, title="no such title") == []


def test_jobs_are_listed_by_state(catalog: Catalog) -> None:
    film(catalog, name="done")
    finish(catalog, "plan", job="done")
    film(catalog, name="failed")
    catalog.steps.fail(take(catalog, "plan", job="failed"), Failure("broken"))
    catalog.jobs.cancel("a1")
    assert ids(catalog, states=("done",)) == ["done"]
    assert ids(catalog, states=("failed", "cancelled")) == ["failed", "a1"]
    assert ids(catalog, states=("running",), title="film") == ["b2"]


def test_an_id_is_found_by_its_beginning(catalog: Catalog) -> None:
    assert catalog.jobs.matching("a", 10) == ["a1", "a2"]
    assert catalog.jobs.matching("a", 1) == ["a1"]
    assert catalog.jobs.matching("b2", 10) == ["b2"]
    assert catalog.jobs.matching("2", 10) == []


@pytest.mark.parametrize("wildcard", ["%", "_", "a_", "/"])
def test_a_beginning_is_taken_literally(catalog: Catalog, wildcard: str) -> None:
    assert catalog.jobs.matching(wildcard, 10) == []

"""Figures: how the site stands. Its totals: test_catalog_totals.py."""

from filming import PLAN, Clock, claim, encode, film, finish, separate

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, Figures, Needs

NOTHING = {"total": 0.0, "done": 0.0, "retries": 0.0, "lost": 0.0, "frames": 0.0, "cpu": 0.0, "size": 0.0}


def test_nothing_stands_where_there_is_nothing(catalog: Catalog) -> None:
    assert catalog.queue.figures() == Figures({}, {}, {}, {}, {}, NOTHING)


def test_steps_are_counted_by_queue_and_state(catalog: Catalog, clock: Clock) -> None:
    io = Needs("io")
    film(catalog, separate(1), separate(2), separate(3, io), separate(4, io), PLAN, encode(5), cluster=True)
    claim(catalog, "step:1")
    clock.now += 7
    catalog.steps.finish(claim(catalog, "step:3"), b"")
    film(catalog, separate(6), separate(7), name="other", cluster=True)
    figures = catalog.queue.figures()
    assert figures.ready == {"control": 1, "cpu": 3, "io": 1}
    assert figures.oldest == {"control": 7.0, "cpu": 7.0, "io": 7.0}
    assert figures.running == {"cpu": 1}
    assert figures.states == {"ready": 5, "running": 1, "waiting": 1}
    assert figures.jobs == {"running": 2}


def test_a_step_that_was_put_off_waits_since_it_is_due(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), cluster=True)
    clock.now += 100
    catalog.steps.put_off(claim(catalog, "step:1"), Failure("busy"), delay=30.0)
    assert catalog.queue.figures().oldest == {"cpu": 0.0}
    clock.now += 34
    assert catalog.queue.figures().oldest == {"cpu": 4.0}


def test_steps_outside_the_cluster_are_in_no_queue(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2))
    claim(catalog, "step:1")
    figures = catalog.queue.figures()
    assert (figures.ready, figures.running) == ({}, {})
    assert figures.states == {"ready": 1, "running": 1}


def test_what_is_over_is_counted_by_job(catalog: Catalog) -> None:
    film(catalog)
    finish(catalog, "plan")
    film(catalog, PLAN, encode(1), name="failed")
    catalog.steps.fail(claim(catalog, "plan", job="failed"), Failure("broken"))
    film(catalog, name="cancelled")
    catalog.jobs.cancel("cancelled")
    figures = catalog.queue.figures()
    assert figures.states == {"failed": 1}
    assert figures.jobs == {"done": 1, "failed": 1, "cancelled": 1}

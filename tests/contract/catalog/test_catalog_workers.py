"""Workers and their heartbeats, and the offices that one of them holds at a time."""

from dataclasses import replace

from filming import Clock

from pipeline.catalog.announcing import ALIVE_SECONDS
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import WorkerRecord

ONE = WorkerRecord("a.1", "a", ("control", "io", "cpu"), slots=4, threads=8, memory=16 << 30)
TWO = WorkerRecord("b.2", "b", ("cpu",), slots=1, threads=2, memory=1 << 30)


def alive(catalog: Catalog) -> list[str]:
    return [worker.id for worker in catalog.workers.alive()]


def test_a_worker_lives_from_its_first_heartbeat(catalog: Catalog, clock: Clock) -> None:
    assert catalog.workers.alive() == []
    catalog.workers.beat(TWO)
    clock.now += 10
    catalog.workers.beat(ONE)
    catalog.workers.beat(TWO)
    assert catalog.workers.alive() == [
        replace(ONE, started=1_000_010.0, seen=1_000_010.0),
        replace(TWO, started=1_000_000.0, seen=1_000_010.0),
    ]


def test_a_worker_that_is_silent_counts_as_dead_until_it_is_heard_again(
    catalog: Catalog, clock: Clock
) -> None:
    catalog.workers.beat(ONE)
    clock.now += ALIVE_SECONDS - 1
    assert alive(catalog) == ["a.1"]
    clock.now += 1
    assert alive(catalog) == []
    catalog.workers.beat(ONE)
    assert alive(catalog) == ["a.1"]


def test_a_worker_that_ends_is_gone_at_once(catalog: Catalog) -> None:
    catalog.workers.beat(ONE)
    catalog.workers.beat(TWO)
    catalog.workers.gone("a.1")
    catalog.workers.gone("a.1")
    assert alive(catalog) == ["b.2"]


def test_the_dead_are_forgotten_after_a_while(catalog: Catalog, clock: Clock) -> None:
    catalog.workers.beat(ONE)
    clock.now += 3600
    catalog.workers.beat(TWO)
    catalog.workers.forget_dead(3600.0)
    clock.now += 1
    catalog.workers.forget_dead(3600.0)
    catalog.workers.beat(ONE)
    started = {worker.id: worker.started for worker in catalog.workers.alive()}
    assert started == {"a.1": 1_003_601.0, "b.2": 1_003_600.0}


def test_an_office_is_held_by_one_until_he_is_silent(catalog: Catalog, clock: Clock) -> None:
    assert catalog.queue.lock("reconciler", "one", 10.0)
    assert not catalog.queue.lock("reconciler", "two", 10.0)
    assert catalog.queue.lock("another office", "two", 10.0)
    clock.now += 9
    assert catalog.queue.lock("reconciler", "one", 10.0)
    clock.now += 10
    assert not catalog.queue.lock("reconciler", "two", 10.0)
    clock.now += 1
    assert catalog.queue.lock("reconciler", "two", 10.0)
    assert not catalog.queue.lock("reconciler", "one", 10.0)


def test_an_office_is_laid_down_by_its_holder_only(catalog: Catalog) -> None:
    catalog.queue.lock("reconciler", "one", 10.0)
    catalog.queue.unlock("reconciler", "two")
    assert not catalog.queue.lock("reconciler", "two", 10.0)
    catalog.queue.unlock("reconciler", "one")
    assert catalog.queue.lock("reconciler", "two", 10.0)

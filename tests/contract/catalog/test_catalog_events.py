"""Events of jobs: kept in order, read from any place on, told by webhooks (test_catalog_endings.py)."""

from filming import Clock, film

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import EventRecord


def bodies(events: list[EventRecord]) -> list[bytes]:
    return [event.body for event in events]


def test_events_are_read_in_order_from_any_place_on(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    film(catalog, name="other")
    for number in range(5):
        catalog.events.append("film", b"%d" % number)
        catalog.events.append("other", b"other")
        clock.now += 1
    read = catalog.events.after("film", 0, limit=2)
    assert read == [
        EventRecord(read[0].id, "film", 1_000_000.0, b"0", 0),
        EventRecord(read[1].id, "film", 1_000_001.0, b"1", 0),
    ]
    assert bodies(catalog.events.after("film", read[-1].id)) == [b"2", b"3", b"4"]
    assert catalog.events.after("film", 1_000) == []


def test_a_reader_s_place_stays_one_when_jobs_are_forgotten(catalog: Catalog) -> None:
    film(catalog)
    catalog.events.append("film", b"old")
    (old,) = catalog.events.after("film", 0)
    catalog.jobs.forget("film")
    film(catalog)
    catalog.events.append("film", b"new")
    assert bodies(catalog.events.after("film", old.id)) == [b"new"]


def test_an_event_of_a_forgotten_job_is_not_kept(catalog: Catalog) -> None:
    catalog.events.append("no such job", b"late", announce=True)
    assert catalog.events.after("no such job", 0) == []
    assert catalog.events.due(10) == []


def test_only_what_is_to_be_announced_is_due(catalog: Catalog) -> None:
    film(catalog)
    catalog.events.append("film", b"progress")
    catalog.events.append("film", b"published", announce=True)
    assert bodies(catalog.events.due(10)) == [b"published"]


def test_what_is_announced_is_not_due_any_more(catalog: Catalog) -> None:
    film(catalog)
    for body in (b"1", b"2", b"3"):
        catalog.events.append("film", body, announce=True)
    first, second = catalog.events.due(2)
    assert (first.body, second.body) == (b"1", b"2")
    catalog.events.announced(first.id)
    assert bodies(catalog.events.due(10)) == [b"2", b"3"]
    assert bodies(catalog.events.after("film", 0)) == [b"1", b"2", b"3"]


def test_what_a_webhook_did_not_take_is_due_later(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    catalog.events.append("film", b"1", announce=True)
    catalog.events.append("film", b"2", announce=True)
    catalog.events.postpone(catalog.events.due(1)[0].id, delay=10.0)
    assert bodies(catalog.events.due(10)) == [b"2"]
    clock.now += 10
    assert [(event.body, event.tries) for event in catalog.events.due(10)] == [(b"2", 0), (b"1", 1)]

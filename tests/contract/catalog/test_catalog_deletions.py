"""Deleted versions: their files stay for a while, unless they are published again."""

from filming import Clock, film, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import DeletionRecord

NOW = 1_000_000.0


def publish(catalog: Catalog, version: str, title: str = "film") -> None:
    """As the last step of a job of its own, of the title `the-TITLE`."""
    catalog.jobs.forget(title)
    film(catalog, name=title)
    catalog.titles.publish(take(catalog, "plan", job=title), version, b"{}")


def told(records: list[DeletionRecord]) -> list[tuple[str, float]]:
    return [(record.version, record.due) for record in records]


def test_all_versions_of_a_deleted_title_wait_for_their_end(catalog: Catalog, clock: Clock) -> None:
    publish(catalog, "v1")
    publish(catalog, "v2")
    publish(catalog, "v1", title="other")
    catalog.titles.forget("the-film", 60)
    assert catalog.deletions.pending() == [
        DeletionRecord("the-film", "v1", NOW + 60),
        DeletionRecord("the-film", "v2", NOW + 60),
    ]
    assert catalog.deletions.due() == []
    clock.now += 60
    assert catalog.deletions.pending() == []
    assert catalog.deletions.due() == catalog.deletions.of("the-film")
    assert catalog.deletions.of("the-other") == []


def test_without_grace_they_are_due_at_once(catalog: Catalog) -> None:
    publish(catalog, "v1")
    catalog.titles.forget("the-film")
    assert told(catalog.deletions.due()) == [("v1", NOW)]


def test_what_is_published_again_stays(catalog: Catalog, clock: Clock) -> None:
    publish(catalog, "v1")
    publish(catalog, "v2")
    catalog.titles.forget("the-film", 60)
    publish(catalog, "v1")
    clock.now += 60
    assert told(catalog.deletions.due()) == [("v2", NOW + 60)]


def test_a_later_deletion_can_shorten_the_grace_and_not_extend_it(catalog: Catalog, clock: Clock) -> None:
    publish(catalog, "v1")
    catalog.titles.forget("the-film", 60)
    publish(catalog, "v2")
    clock.now += 10
    catalog.titles.forget("the-film", 100)
    assert told(catalog.deletions.of("the-film")) == [("v1", NOW + 60), ("v2", NOW + 110)]
    catalog.titles.forget("the-film", 20)
    assert told(catalog.deletions.of("the-film")) == [("v1", NOW + 30), ("v2", NOW + 30)]


def test_what_is_done_is_forgotten_but_not_what_was_deleted_anew(catalog: Catalog, clock: Clock) -> None:
    publish(catalog, "v1")
    catalog.titles.forget("the-film")
    (first,) = catalog.deletions.due()
    publish(catalog, "v1")
    clock.now += 5
    catalog.titles.forget("the-film")
    catalog.deletions.done(first)
    (second,) = catalog.deletions.due()
    assert second.due == NOW + 5
    catalog.deletions.done(second)
    assert catalog.deletions.of("the-film") == []

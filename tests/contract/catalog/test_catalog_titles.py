"""Titles and their versions: published by who holds the lease, shown, hidden, forgotten."""

from filming import Clock, film, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import VersionRecord


def publish(catalog: Catalog, name: str, version: str) -> None:
    """As the last step of a job of its own, of the title `the-NAME`."""
    catalog.jobs.forget(name)
    film(catalog, name=name)
    catalog.titles.publish(take(catalog, "plan", job=name), version, version.encode())


def versions(records: list[VersionRecord]) -> list[tuple[str, str, bool]]:
    return [(record.title, record.version, record.current) for record in records]


def test_published_titles_are_listed_newest_first(catalog: Catalog, clock: Clock) -> None:
    assert catalog.titles.published() == []
    publish(catalog, "old", "v1")
    clock.now += 1
    publish(catalog, "new", "v2")
    assert catalog.titles.published() == [
        VersionRecord("the-new", "v2", "new", b"v2", 1_000_001.0, current=True),
        VersionRecord("the-old", "v1", "old", b"v1", 1_000_000.0, current=True),
    ]
    assert catalog.titles.current("the-new") == "v2"
    assert catalog.titles.current("the-other") is None


def test_a_title_shows_the_version_published_last(catalog: Catalog, clock: Clock) -> None:
    for version in ("v1", "v2", "v1"):
        clock.now += 1
        publish(catalog, "film", version)
    (shown,) = catalog.titles.published()
    assert (shown.version, shown.published) == ("v1", 1_000_003.0)
    assert versions(catalog.titles.versions("the-film")) == [
        ("the-film", "v1", True),
        ("the-film", "v2", False),
    ]


def test_what_a_job_published_outlives_it(catalog: Catalog) -> None:
    publish(catalog, "film", "v1")
    catalog.jobs.forget("film")
    assert versions(catalog.titles.published()) == [("the-film", "v1", True)]


def test_an_earlier_version_is_shown_again(catalog: Catalog) -> None:
    publish(catalog, "film", "v1")
    publish(catalog, "film", "v2")
    assert catalog.titles.show("the-film", "v1")
    assert catalog.titles.current("the-film") == "v1"
    assert not catalog.titles.show("the-film", "v3")
    assert not catalog.titles.show("the-other", "v1")
    assert catalog.titles.current("the-film") == "v1"


def test_a_hidden_title_keeps_its_versions(catalog: Catalog) -> None:
    publish(catalog, "film", "v1")
    assert catalog.titles.hide("the-film")
    assert not catalog.titles.hide("the-other")
    assert (catalog.titles.current("the-film"), catalog.titles.published()) == (None, [])
    assert versions(catalog.titles.versions("the-film")) == [("the-film", "v1", False)]
    assert catalog.titles.show("the-film", "v1")
    assert versions(catalog.titles.published()) == [("the-film", "v1", True)]


def test_a_forgotten_title_leaves_the_others(catalog: Catalog) -> None:
    publish(catalog, "film", "v1")
    publish(catalog, "film", "v2")
    publish(catalog, "other", "v1")
    catalog.titles.forget("the-film")
    assert catalog.titles.versions("the-film") == []
    assert versions(catalog.titles.all_versions()) == [("the-other", "v1", True)]
    publish(catalog, "film", "v1")
    assert catalog.titles.current("the-film") == "v1"

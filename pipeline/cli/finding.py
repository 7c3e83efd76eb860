"""Which job or title a command means."""

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord, VersionRecord
from pipeline.errors import UsageError

SHOWN = 5
"""Ids that are named where a beginning could mean several."""


def job_named(catalog: Catalog, beginning: str) -> JobRecord:
    """The one job whose id begins so, with or without `job-`. Raises UsageError for none and for several."""
    found = catalog.jobs.matching(beginning, SHOWN) or catalog.jobs.matching(f"job-{beginning}", SHOWN)
    if len(found) > 1:
        raise UsageError(f"{beginning!r} could be any of {', '.join(found)}: type more of the id")
    record = catalog.jobs.get(found[0]) if found else None
    if record is None:
        raise UsageError(f"{beginning!r}: no such job; `telecine jobs` lists them")
    return record


def versions_of(catalog: Catalog, title: str) -> list[VersionRecord]:
    """All versions of a title, the one published last first. Raises UsageError where there are none."""
    versions = catalog.titles.versions(title)
    if not versions:
        raise UsageError(f"{title!r}: no such title; `telecine titles` lists them")
    return versions

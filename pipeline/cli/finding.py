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


def version_named(title: str, versions: list[VersionRecord], beginning: str) -> VersionRecord:
    """The one of these versions whose name begins so. Raises UsageError for none and for several."""
    found = [record for record in versions if record.version.startswith(beginning)]
    if len(found) != 1:
        known = ", ".join(record.version for record in versions)
        raise UsageError(f"{title}: {beginning!r} does not name one of its versions: {known}")
    return found[0]

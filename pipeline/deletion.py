"""A title's end: it is shown no more, forgotten, and then its files go."""

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord
from pipeline.gc import garbage, remove
from pipeline.stages.in_use import EVERY, InUse
from pipeline.stages.version import show
from pipeline.storage.base import Storage


def running_jobs(catalog: Catalog, title: str) -> list[JobRecord]:
    """Jobs that would publish the title anew."""
    return catalog.jobs.recent(EVERY, ("running",), title)


def delete_title(storage: Storage, catalog: Catalog, title: str) -> int:
    """Delete a title with its versions, its jobs and its keys; the bytes that its files had.

    Whoever plays it loses the manifests first, and not a segment here and there. Where this is cut short,
    the same call goes on, or garbage collection does.
    """
    catalog.titles.hide(title)
    show(storage, catalog, title)
    for job in catalog.jobs.recent(EVERY, (), title):
        catalog.jobs.forget(job.id)
    catalog.keys.forget(title)
    catalog.titles.forget(title)
    in_use = InUse(storage, catalog)
    found = garbage(storage, in_use, "titles", float("inf"), f"titles/{title}")
    return sum(one.size for one in remove(storage, in_use, found))

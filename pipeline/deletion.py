"""A title's end: it is shown no more, forgotten, and when nobody can be playing it any more, its files go."""

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import DeletionRecord, JobRecord
from pipeline.gc import garbage, remove
from pipeline.stages.in_use import EVERY, InUse
from pipeline.stages.stable import show
from pipeline.stages.version import version_root
from pipeline.storage.base import Storage


def running_jobs(catalog: Catalog, title: str) -> list[JobRecord]:
    """Jobs that would publish the title anew."""
    return catalog.jobs.recent(EVERY, ("running",), title)


def delete_title(storage: Storage, catalog: Catalog, title: str, grace: float) -> int:
    """Delete a title with its versions, its jobs and its keys; the bytes of those files that went at once.

    The files of its versions stay for `grace` seconds. Whoever plays it loses the manifests first, and not a
    segment here and there. Where this is cut short, the same call goes on, or garbage collection does.
    """
    catalog.titles.hide(title)
    show(storage, catalog, title)
    for job in catalog.jobs.recent(EVERY, (), title):
        catalog.jobs.forget(job.id)
    catalog.keys.forget(title)
    catalog.titles.forget(title, grace)
    due = [deletion for deletion in catalog.deletions.due() if deletion.title == title]
    freed = _remove(storage, catalog, f"titles/{title}")
    for deletion in due:
        catalog.deletions.done(deletion)
    return freed


def remove_files(storage: Storage, catalog: Catalog, deletion: DeletionRecord) -> int:
    """Remove what is left of a deleted version that is due, unless somebody needs it again; its bytes."""
    freed = _remove(storage, catalog, version_root(deletion.title, deletion.version))
    catalog.deletions.done(deletion)
    return freed


def _remove(storage: Storage, catalog: Catalog, folder: str) -> int:
    in_use = InUse(storage, catalog)
    found = garbage(storage, in_use, "titles", float("inf"), below=folder)
    return sum(one.size for one in remove(storage, in_use, found))

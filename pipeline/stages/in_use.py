"""What of the storage is in use: by jobs that are not over, by versions, and by players of deleted ones."""

from collections.abc import Iterator

from pipeline import artifacts
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import JobRecord, JobState
from pipeline.codec import from_json
from pipeline.job import JobSpec, Plan
from pipeline.masters.keys import FOLDER, digest_of, is_stored
from pipeline.stages.encode import encodes_of, poster_artifact
from pipeline.stages.ingested import Ingested
from pipeline.stages.inspect import timings_artifact
from pipeline.stages.version import version_root
from pipeline.storage.base import Storage

NOT_OVER: tuple[JobState, ...] = ("running", "failed", "cancelled")
"""Jobs that go on, or that a user may continue."""

EVERY = 1 << 31


class InUse:
    """Folders of the storage that somebody needs, as the catalog says at the moment of asking.

    The encodes of a published version are in use, for it may be packaged anew; unless `encodes` is False.
    """

    def __init__(self, storage: Storage, catalog: Catalog, *, encodes: bool = True) -> None:
        self._storage = storage
        self._catalog = catalog
        self._encodes = encodes
        # A plan never changes, and that of a long title names thousands of artifacts.
        self._known: dict[str, tuple[str, ...]] = {}

    def folders(self) -> set[str]:
        """`artifacts/<name>`, `masters/<digest>`, `titles/<title>` where it shows a version, and
        `titles/<title>/v/<version>`. Raises StorageError where a plan cannot be read."""
        return set(self._all())

    def _all(self) -> Iterator[str]:
        for job in self._catalog.jobs.recent(EVERY, NOT_OVER):
            yield from self._master(job)
            yield from self._made(job.id)
        for version in self._catalog.titles.all_versions():
            yield version_root(version.title, version.version)
            if version.current:
                yield f"titles/{version.title}"
            maker = self._catalog.jobs.get(version.job)
            if maker:
                yield from self._master(maker)
                yield from self._made(maker.id) if self._encodes else ()
        for deletion in self._catalog.deletions.pending():
            yield version_root(deletion.title, deletion.version)

    def _master(self, job: JobRecord) -> Iterator[str]:
        master = from_json(job.spec, JobSpec).master
        if is_stored(master):
            yield f"{FOLDER}/{digest_of(master)}"

    def _made(self, job: str) -> Iterator[str]:
        """What a job made, will make, or will look for: before it looks, the step that tells so is done."""
        ingested = self._catalog.steps.result(job, "ingest")
        if ingested:
            yield f"artifacts/{timings_artifact(from_json(ingested, Ingested).digest)}"
        planned = self._catalog.steps.result(job, "plan")
        if planned:
            name = from_json(planned, str)
            yield f"artifacts/{name}"
            yield from self._of_plan(name)

    def _of_plan(self, name: str) -> tuple[str, ...]:
        if name not in self._known:
            if not artifacts.has_value(self._storage, name, Plan):
                return ()  # A job that lost its plan begins anew.
            plan = artifacts.load_value(self._storage, name, Plan)
            posters = [poster_artifact(plan)] if plan.video else []
            made = [*encodes_of(plan).values(), *posters]
            self._known[name] = (plan.root, *(f"artifacts/{artifact}" for artifact in made))
        return self._known[name]

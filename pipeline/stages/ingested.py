"""What the first stage finds out."""

import msgspec

from pipeline.codec import from_json
from pipeline.job import JobSpec
from pipeline.media import MediaInfo
from pipeline.stages.context import Context

MOST = 1000
"""Jobs of one title that are looked at."""


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The master as the job names it: `digest` is the SHA-256 of its bytes."""

    master: str
    digest: str
    info: MediaInfo


def ingested_before(context: Context) -> Ingested | None:
    """What a finished job of the title found out about the same master."""
    wanted = _identity(context.job)
    for job in context.catalog.jobs.recent(MOST, ("done",), context.job.title):
        result = context.catalog.steps.result(job.id, "ingest")
        if result and _identity(from_json(job.spec, JobSpec)) == wanted:
            return from_json(result, Ingested)
    return None


def _identity(job: JobSpec) -> tuple[str, int, int]:
    return job.master, job.size, job.mtime

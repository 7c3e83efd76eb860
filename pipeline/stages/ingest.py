"""First stage: is this a master? Its content's hash and its streams, or a refusal before any work."""

import hashlib
from pathlib import Path

import msgspec

from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import from_json, to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import probe
from pipeline.job import JobSpec
from pipeline.masters import digest_of, is_stored, located, refuse_changed
from pipeline.media import MediaInfo
from pipeline.stages.context import Context, Outcome
from pipeline.stages.needs import reading

BLOCK = 1 << 22
"""Bytes hashed between two looks at whether the job was stopped."""

MOST = 1000
"""Jobs of one title that are looked at."""


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The master as the job names it: `digest` is the SHA-256 of its bytes."""

    master: str
    digest: str
    info: MediaInfo


def first_step(size: int) -> StepSpec:
    """The step that every job begins with; its master has `size` bytes."""
    return StepSpec("ingest", "ingest", to_json(None), needs=reading(size))


def ingest(context: Context, _lease: Lease) -> Outcome:
    job = context.job
    try:
        refuse_changed(context.storage, job)
    except BadMasterError:
        # What was encoded of it may be all that the job needs, as when a version is packaged again.
        known = _ingested_before(context)
        if known is None:
            raise
        ingested = known
    else:
        ingested = _ingested(context)
    inspect = StepSpec("inspect", "inspect", to_json(ingested), after=("ingest",), needs=reading(job.size))
    return Outcome(result=ingested, then=(inspect,))


def _ingested(context: Context) -> Ingested:
    master = context.job.master
    path = located(context.storage, master)
    info = probe(path)
    ingested = Ingested(master=master, digest=_digest(path, context), info=info)
    if is_stored(master) and ingested.digest != digest_of(master):
        raise BadMasterError(f"{master}: damaged in storage; delete it there and upload the master again")
    return ingested


def _ingested_before(context: Context) -> Ingested | None:
    """What a finished job of the title found out about the same master."""
    wanted = _identity(context.job)
    for job in context.catalog.jobs.recent(MOST, ("done",), context.job.title):
        result = context.catalog.steps.result(job.id, "ingest")
        if result and _identity(from_json(job.spec, JobSpec)) == wanted:
            return from_json(result, Ingested)
    return None


def _identity(job: JobSpec) -> tuple[str, int, int]:
    return job.master, job.size, job.mtime


def _digest(path: Path, context: Context) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            context.keep_going()
            sha256.update(block)
    refuse_changed(context.storage, context.job)
    return sha256.hexdigest()

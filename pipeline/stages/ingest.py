"""First stage: is this a master? Its content's hash and its streams, or a refusal before any work."""

import hashlib
from pathlib import Path

import msgspec

from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import probe
from pipeline.masters import digest_of, is_stored, located, refuse_changed
from pipeline.media import MediaInfo
from pipeline.stages.context import Context, Outcome
from pipeline.stages.needs import reading

BLOCK = 1 << 22
"""Bytes hashed between two looks at whether the job was stopped."""


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
    path = located(context.storage, job.master)
    info = probe(path)
    ingested = Ingested(master=job.master, digest=_digest(path, context), info=info)
    if is_stored(job.master) and ingested.digest != digest_of(job.master):
        raise BadMasterError(f"{job.master}: damaged in storage; delete it there and upload the master again")
    inspect = StepSpec("inspect", "inspect", to_json(ingested), after=("ingest",), needs=reading(job.size))
    return Outcome(result=ingested, then=(inspect,))


def _digest(path: Path, context: Context) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            context.keep_going()
            sha256.update(block)
    refuse_changed(context.storage, context.job)
    return sha256.hexdigest()

"""First stage: is this a master? Its content's hash and its streams, or a refusal before any work."""

import hashlib
from pathlib import Path

import msgspec

from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import probe
from pipeline.job import JobSpec
from pipeline.media import MediaInfo
from pipeline.stages.context import Context, Outcome

BLOCK = 1 << 22
"""Bytes hashed between two looks at whether the job was stopped."""


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The master at path `master`: `digest` is the SHA-256 of its bytes."""

    master: str
    digest: str
    info: MediaInfo


def first_step() -> StepSpec:
    return StepSpec("ingest", "ingest", to_json(None))


def ingest(context: Context, _lease: Lease) -> Outcome:
    path = Path(context.job.master)
    info = probe(path)
    ingested = Ingested(master=str(path), digest=_digest(path, context), info=info)
    inspect = StepSpec("inspect", "inspect", to_json(ingested), after=("ingest",))
    return Outcome(result=ingested, then=(inspect,))


def refuse_changed(job: JobSpec) -> None:
    """Raises BadMasterError unless the master is still the file that the job began with: what was read of it
    must not be kept under another content's name."""
    try:
        status = Path(job.master).stat()
    except OSError as error:
        raise BadMasterError(f"{job.master}: cannot be read any more: {error.strerror}") from error
    if (status.st_size, status.st_mtime_ns) != (job.size, job.mtime):
        raise BadMasterError(f"{job.master}: the file changed since the job began; run the command again")


def _digest(path: Path, context: Context) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            context.keep_going()
            sha256.update(block)
    refuse_changed(context.job)
    return sha256.hexdigest()

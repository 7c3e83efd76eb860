"""First stage: is this a master? Its content's hash and its streams, or a refusal before any work."""

import hashlib
from pathlib import Path

import msgspec

from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import probe
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


def _digest(path: Path, context: Context) -> str:
    status = path.stat()
    if (status.st_size, status.st_mtime_ns) != (context.job.size, context.job.mtime):
        raise BadMasterError(f"{path}: the file changed since the job began; run the command again")
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            context.keep_going()
            sha256.update(block)
    return sha256.hexdigest()

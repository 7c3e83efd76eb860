"""First stage: is this a master? Its streams, or a refusal before any work.

A stored master's hash is in its key, and was that of every part as it came; a step beside the others reads it
once more (`checksum`). A file's is taken here.
"""

from pathlib import Path

from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import probe
from pipeline.masters.checksum import sha256
from pipeline.masters.keys import digest_of, is_stored, refuse_changed
from pipeline.stages.checksum import checksum_step
from pipeline.stages.context import Context, Outcome
from pipeline.stages.ingested import Ingested, ingested_before
from pipeline.stages.needs import reading


def first_step(size: int) -> StepSpec:
    """The step that every job begins with; its master has `size` bytes."""
    return StepSpec("ingest", "ingest", to_json(None), needs=reading(size))


def ingest(context: Context, _lease: Lease) -> Outcome:
    job = context.job
    try:
        refuse_changed(context.storage, job)
    except BadMasterError:
        # What was encoded of it may be all that the job needs, as when a version is packaged again.
        known = ingested_before(context)
        if known is None:
            raise
        ingested = known
    else:
        ingested = _ingested(context)
    inspect = StepSpec("inspect", "inspect", to_json(ingested), after=("ingest",), needs=reading(job.size))
    return Outcome(result=ingested, then=(inspect, *checksum_step(ingested, job.size)))


def _ingested(context: Context) -> Ingested:
    master = context.job.master
    with context.masters.beginning(master) as file:
        info = probe(file)
    digest = digest_of(master) if is_stored(master) else _digest(Path(master), context)
    return Ingested(master=master, digest=digest, info=info)


def _digest(path: Path, context: Context) -> str:
    with path.open("rb") as file:
        digest = sha256(file, context.keep_going)
    refuse_changed(context.storage, context.job)
    return digest

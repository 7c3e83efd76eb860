"""Beside the others: are a stored master's bytes those that were uploaded? Nothing is published before."""

from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import from_json, to_json
from pipeline.errors import BadMasterError
from pipeline.masters.keys import is_stored, refuse_changed
from pipeline.stages.context import Context, Outcome
from pipeline.stages.ingested import Ingested, ingested_before
from pipeline.stages.needs import reading

CHECKSUM = "checksum"


def checksum_step(ingested: Ingested, size: int) -> tuple[StepSpec, ...]:
    """For a stored master of `size` bytes; a file's hash is taken first, for all names go by it."""
    if not is_stored(ingested.master):
        return ()
    return (StepSpec(CHECKSUM, CHECKSUM, to_json(ingested), after=("ingest",), needs=reading(size)),)


def checksum(context: Context, lease: Lease) -> Outcome:
    ingested = from_json(lease.params, Ingested)
    try:
        refuse_changed(context.storage, context.job)
    except BadMasterError:
        # Nothing is read of a master that is gone, and what an earlier job read was verified by it.
        if ingested_before(context) is None:
            raise
        return Outcome(reused=True)
    context.masters.verify(ingested.master, ingested.info.format)
    return Outcome()

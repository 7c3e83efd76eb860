"""Second stage: when every frame is shown and where decoding can start."""

import msgspec

from pipeline import artifacts
from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import from_json, to_json
from pipeline.job import FORMAT, digest
from pipeline.masters.keys import refuse_changed
from pipeline.stages.context import Context, Outcome
from pipeline.stages.ingested import Ingested
from pipeline.stages.needs import CONTROL
from pipeline.stages.timings import Timings, timings_of


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    ingested: Ingested
    timings: str
    """Artifact that holds the Timings."""


def inspect(context: Context, lease: Lease) -> Outcome:
    ingested = from_json(lease.params, Ingested)
    name = timings_artifact(ingested.digest)
    if not artifacts.has_value(context.storage, name, Timings):
        with context.masters.whole(ingested.master, ingested.info.format) as master:
            timings = timings_of(master, ingested.info, context.keep_going)
        refuse_changed(context.storage, context.job)
        artifacts.store_value(context.storage, name, timings)
    inspected = Inspected(ingested=ingested, timings=name)
    plan = StepSpec("plan", "plan", to_json(inspected), after=("inspect",), needs=CONTROL)
    return Outcome(result=inspected, then=(plan,))


def timings_artifact(master: str) -> str:
    """Names the timings of a master by its SHA-256."""
    return digest("inspect", FORMAT, master)

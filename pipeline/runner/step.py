"""One claimed step, done and recorded."""

import time

import msgspec

from pipeline.catalog.records import Lease
from pipeline.codec import to_json
from pipeline.errors import StoppedError
from pipeline.events import StepFinished, StepStarted
from pipeline.stages.context import Context, Outcome
from pipeline.stages.registry import STAGES


def run_step(context: Context, lease: Lease) -> None:
    """Do one claimed step and record its end: the whole life of a step, the same on every executor."""
    started = time.monotonic()
    try:
        context.emit(StepStarted(step=lease.name, kind=lease.kind))
        outcome = STAGES[lease.kind](context, lease)
    except StoppedError:
        context.catalog.give_back(lease)
        raise
    except Exception as error:
        context.catalog.fail(lease, str(error) or repr(error))
        raise
    context.catalog.finish(lease, to_json(outcome.result), outcome.then)
    context.emit(_finished(lease, outcome, time.monotonic() - started))


def _finished(lease: Lease, outcome: Outcome, wall: float) -> StepFinished:
    event = StepFinished(step=lease.name, kind=lease.kind, reused=outcome.reused, wall=wall, cpu=outcome.cpu)
    if outcome.marker is None:
        return event
    marker = outcome.marker
    return msgspec.structs.replace(event, cpu=marker.cpu, size=marker.size, frames=marker.frames)

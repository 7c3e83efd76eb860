"""One claimed step, done and recorded."""

import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.catalog.records import Cost, Failure, Lease, StepSpec
from pipeline.codec import to_json
from pipeline.errors import StoppedError, TelecineError, name_of
from pipeline.events import StepFinished, StepStarted
from pipeline.stages.context import Context, Outcome
from pipeline.stages.registry import STAGES


@dataclass(frozen=True)
class Performed:
    """A step's result as JSON, the steps it brings forth, and what it took."""

    result: bytes
    then: Sequence[StepSpec]
    cost: Cost


def perform(context: Context, lease: Lease) -> Performed:
    """Do one claimed step: the same on every executor. Raises what its stage raises."""
    started = time.monotonic()
    context.emit(StepStarted(step=lease.name, kind=lease.kind))
    outcome = STAGES[lease.kind](context, lease)
    return Performed(to_json(outcome.result), outcome.then, _cost(outcome, time.monotonic() - started))


def finished(lease: Lease, cost: Cost) -> StepFinished:
    """The event that tells of a step's end."""
    return StepFinished(
        step=lease.name,
        kind=lease.kind,
        reused=cost.reused,
        wall=cost.wall,
        cpu=cost.cpu,
        size=cost.size,
        frames=cost.frames,
    )


def run_step(context: Context, lease: Lease) -> None:
    """The whole life of a step in a process that does a job alone: what fails, fails the job."""
    steps = context.catalog.steps
    try:
        performed = perform(context, lease)
    except StoppedError:
        steps.give_back(lease)
        raise
    except Exception as error:
        steps.fail(lease, failure_of(error))
        raise
    steps.finish(lease, performed.result, performed.then, performed.cost)
    context.emit(finished(lease, performed.cost))


def failure_of(error: Exception) -> Failure:
    """What to keep of an error: of one that nobody foresaw, where it came from."""
    if isinstance(error, TelecineError):
        evidence = error.evidence
    else:
        evidence = "".join(traceback.format_exception(error))
    return Failure(str(error) or repr(error), name_of(error), evidence)


def _cost(outcome: Outcome, wall: float) -> Cost:
    marker = outcome.marker
    if marker is None:
        return Cost(cpu=outcome.cpu, wall=wall, reused=outcome.reused)
    return Cost(cpu=marker.cpu, wall=wall, frames=marker.frames, size=marker.size, reused=outcome.reused)

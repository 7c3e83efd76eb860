"""What no schedule can exceed: steps that wait for each other, on machines that never fail."""

from collections.abc import Iterable, Iterator

from benchmarks.scale.films import following
from benchmarks.scale.model import Model
from pipeline.catalog.records import StepSpec
from pipeline.job import Plan

BEFORE = ("ingest", "inspect", "plan")
"""One after the other, on one worker, before there is anything to share."""


def bound(plan: Plan, model: Model, workers: int) -> float:
    """The greatest efficiency of one title: all other workers are idle before the plan (Amdahl 1967), and
    nothing is over sooner than its longest chain of steps."""
    times = {step.name: model.usual("", step.kind, step.name, step.params, plan) for step in _steps(plan)}
    work, before = sum(times.values()), sum(times[kind] for kind in BEFORE)
    shortest = max(before + (work - before) / workers, _longest_chain(_steps(plan), times))
    return work / (workers * shortest)


def _steps(plan: Plan) -> Iterator[StepSpec]:
    yield StepSpec("ingest", "ingest", b"null")
    for kind in BEFORE:
        yield from following(kind, plan)


def _longest_chain(steps: Iterable[StepSpec], times: dict[str, float]) -> float:
    ends: dict[str, float] = {}
    for step in steps:
        ends[step.name] = max((ends[parent] for parent in step.after), default=0.0) + times[step.name]
    return max(ends.values())

"""Films to encode: their plans, made by the real planner from timings alone, and the steps that follow."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import msgspec

from benchmarks.scale.model import MASTER_RATE
from pipeline.catalog.records import NewJob, StepSpec
from pipeline.codec import to_json
from pipeline.job import Plan
from pipeline.masters.keys import master_key
from pipeline.stages.checksum import checksum_step
from pipeline.stages.graph import steps_of
from pipeline.stages.ingest import first_step
from pipeline.stages.needs import CONTROL, reading
from tests.unit.stages.plans import (
    TICKS,
    audio_stream,
    inspected,
    job,
    pictures,
    plan_of,
    sound,
    video_stream,
)

RATE = 24
MASTER = master_key(64 * "0", "film.mov")


@cache
def film(seconds: int, codecs: str) -> Plan:
    """The plan of an uploaded film of 1080p24 with stereo sound; `codecs` are separated by commas."""
    made = plan_of(
        pictures(seconds * RATE, step=TICKS // RATE),
        sound(1, 0, seconds * TICKS),
        video=video_stream(width=1920, height=1080),
        audio=[audio_stream(1, "en")],
        spec=job(cast("Any", codecs.split(","))),
    )
    return msgspec.structs.replace(made, master=MASTER)


@cache
def after_plan(plan: Plan) -> Sequence[StepSpec]:
    return steps_of(plan, "plan")


def new_job(title: str, plan: Plan) -> NewJob:
    """The job of another film of that plan."""
    spec = to_json(msgspec.structs.replace(job(), title=title))
    return NewJob(f"job-{title}", title, spec, [first_step(_size(plan))], cluster=True)


def following(kind: str, plan: Plan) -> Sequence[StepSpec]:
    """What a step brings forth, as the stages have it."""
    nothing, size = to_json(None), _size(plan)
    match kind:
        case "ingest":
            inspect = StepSpec("inspect", "inspect", nothing, ("ingest",), reading(size))
            ingested = msgspec.structs.replace(inspected(None).ingested, master=MASTER)
            return [inspect, *checksum_step(ingested, size)]
        case "inspect":
            return [StepSpec("plan", "plan", nothing, ("inspect",), CONTROL)]
        case "plan":
            return after_plan(plan)
    return ()


def _size(plan: Plan) -> int:
    return int(plan.grid.duration * MASTER_RATE)

"""The steps of a plan and what each waits for: encode, package, manifests, check, verify, publish."""

import msgspec

from pipeline.catalog.records import StepSpec
from pipeline.codec import to_json
from pipeline.job import Plan, audio_path, video_path


class StepParams(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of every step after the plan: `plan` names its artifact, the others which part of it."""

    plan: str
    codec: str = ""
    chunk: int = 0
    rendition: str = ""
    audio: int = 0


def steps_of(plan: Plan, name: str) -> list[StepSpec]:
    """All steps that follow the plan stored as artifact `name`, parents before children."""
    steps: list[StepSpec] = []
    makers: dict[str, tuple[str, ...]] = {}

    def add(step: str, after: tuple[str, ...] = (), **part: object) -> str:
        params = msgspec.structs.replace(StepParams(plan=name), **part)
        steps.append(StepSpec(step, step.partition(":")[0], to_json(params), after or ("plan",)))
        return step

    for index, audio in enumerate(plan.audio):
        makers[audio_path(audio)] = (add(f"audio:{audio.name}", audio=index),)
    if plan.video:
        add("poster")
        for codec in plan.video.codecs:
            chunks = range(len(plan.grid.chunks))
            encodes = tuple(add(f"encode:{codec}:{k + 1:04d}", codec=codec, chunk=k) for k in chunks)
            makers |= {video_path(rung): encodes for rung in plan.video.rungs_of(codec)}
    packages = tuple(add(f"package:{path}", after, rendition=path) for path, after in makers.items())
    posters = ("poster",) if plan.video else ()
    add("manifests", (*packages, *posters))
    add("check", ("manifests",))
    verifies = tuple(add(f"verify:{path}", ("check",), rendition=path) for path in makers)
    add("publish", verifies)
    return steps

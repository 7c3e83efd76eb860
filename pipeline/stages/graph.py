"""The steps of a plan and what each waits for: encode, package, manifests, check, verify, publish."""

import msgspec

from pipeline.catalog.records import Needs, StepSpec
from pipeline.codec import to_json
from pipeline.job import Plan, audio_path, video_path
from pipeline.masters.keys import is_stored
from pipeline.media import MediaInfo
from pipeline.stages import needs
from pipeline.stages.checksum import CHECKSUM
from pipeline.stages.parts import parts_of

READERS = ("encode", "audio", "poster")
"""Kinds of step that read the master."""


class StepParams(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of every step after the plan: `plan` names its artifact, the others which part of it;
    `container` is the format of the master, for those that read it."""

    plan: str
    codec: str = ""
    chunk: int = 0
    rendition: str = ""
    audio: int = 0
    part: int = 0
    container: str = ""


def steps_of(plan: Plan, name: str, master: MediaInfo | None = None) -> list[StepSpec]:
    """All steps that follow the plan stored as artifact `name`, which was made for `master`, parents before
    children."""
    steps: list[StepSpec] = []
    makers: dict[str, tuple[str, ...]] = {}
    sizes: dict[str, int] = {}

    def add(step: str, need: Needs, after: tuple[str, ...] = ("plan",), **part: object) -> str:
        params = msgspec.structs.replace(StepParams(plan=name), **part)
        steps.append(_step(step, params, need, after, master))
        return step

    for index, audio in enumerate(plan.audio):
        makers[audio_path(audio)] = (add(f"audio:{audio.name}", needs.encoding_sound(audio), audio=index),)
    if video := plan.video:
        add("poster", needs.making_poster(video.stream))
        for codec in video.codecs:
            rungs = video.rungs_of(codec)
            encodes = []
            for k in range(len(plan.grid.chunks)):
                need = needs.encoding(video.stream, rungs, plan.grid.span(k), plan.grid.rate)
                encodes.append(add(f"encode:{codec}:{k + 1:04d}", need, codec=codec, chunk=k))
            makers |= {video_path(rung): tuple(encodes) for rung in rungs}
            sizes |= {video_path(rung): rung.width * rung.height for rung in rungs}
    length = plan.grid.duration
    packages = tuple(
        add(f"package:{path}", needs.packaging(length), after, rendition=path)
        for path, after in makers.items()
    )
    posters = ("poster",) if plan.video else ()
    add("manifests", needs.CONTROL, (*packages, *posters))
    add("check", needs.CONTROL, ("manifests",))
    verifies = []
    for path in makers:
        if path not in sizes:
            verifies.append(add(f"verify:{path}", needs.decoding(0, length), ("check",), rendition=path))
            continue
        for n, part in enumerate(parts_of(plan.grid)):
            need = needs.decoding(sizes[path], part.seconds(plan.grid.rate))
            verifies.append(add(f"verify:{path}:{n + 1:04d}", need, ("check",), rendition=path, part=n))
    intact = (CHECKSUM,) if is_stored(plan.master) else ()
    add("publish", needs.CONTROL, (*verifies, *intact))
    return steps


def _step(
    name: str, params: StepParams, need: Needs, after: tuple[str, ...], master: MediaInfo | None
) -> StepSpec:
    kind = name.partition(":")[0]
    if master and kind in READERS:
        params = msgspec.structs.replace(params, container=master.format)
        need = needs.fetching(need, master.size)
    return StepSpec(name, kind, to_json(params), after, need)

"""The steps of a plan and what each waits for: encode, package, verify, manifests, check, publish."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from pipeline.catalog.records import Needs, StepSpec
from pipeline.codec import to_json
from pipeline.job import Plan, audio_path, video_path
from pipeline.masters.keys import is_stored
from pipeline.media import MediaInfo
from pipeline.stages import needs
from pipeline.stages.checksum import CHECKSUM
from pipeline.stages.parts import parts_at


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


Makers = dict[str, Sequence[str]]
"""By the folder of a rendition, the steps that each make a part of it, in order."""


class Graph:
    """Steps as they are added, parents before children, of the plan stored as artifact `name`, which was made
    for `master`."""

    def __init__(self, name: str, master: MediaInfo | None) -> None:
        self.steps: list[StepSpec] = []
        self._plan = name
        self._master = master

    def add(self, step: str, need: Needs, after: Iterable[str], **part: object) -> str:
        params = msgspec.structs.replace(StepParams(plan=self._plan), **part)
        kind = step.partition(":")[0]
        self.steps.append(StepSpec(step, kind, to_json(params), tuple(dict.fromkeys(after)), need))
        return step

    def add_reader(self, step: str, need: Needs, **part: object) -> str:
        """One that reads the master, and waits for no other than the plan."""
        if self._master:
            part["container"] = self._master.format
            need = needs.fetching(need, self._master.size)
        return self.add(step, need, ("plan",), **part)


def steps_of(plan: Plan, name: str, master: MediaInfo | None = None) -> list[StepSpec]:
    """All steps that follow the plan stored as artifact `name`, which was made for `master`, parents before
    children.

    Where several can begin, the earlier ones do: so encodes come before what can fill the time while the
    last of them still run.
    """
    graph = Graph(name, master)
    posters = [graph.add_reader("poster", needs.making_poster(plan.video.stream))] if plan.video else []
    makers = _add_sound(graph, plan) | _add_pictures(graph, plan)
    packages = _add_packages(graph, plan, makers)
    made = (step for steps in packages.values() for step in steps)
    graph.add("manifests", needs.CONTROL, (*made, *posters))
    graph.add("check", needs.CONTROL, ("manifests",))
    verifies = _add_verifies(graph, plan, packages)
    intact = (CHECKSUM,) if is_stored(plan.master) else ()
    graph.add("publish", needs.CONTROL, (*verifies, "check", *intact))
    return graph.steps


def _add_sound(graph: Graph, plan: Plan) -> Makers:
    makers: Makers = {}
    for index, audio in enumerate(plan.audio):
        step = graph.add_reader(f"audio:{audio.name}", needs.encoding_sound(audio), audio=index)
        makers[audio_path(audio)] = (step,)
    return makers


def _add_pictures(graph: Graph, plan: Plan) -> Makers:
    makers: Makers = {}
    video = plan.video
    if video is None:
        return makers
    for codec in video.codecs:
        rungs, encodes = video.rungs_of(codec), []
        for k, span in enumerate(plan.grid.spans()):
            need = needs.encoding(video.stream, rungs, span, plan.grid.rate)
            encodes.append(graph.add_reader(f"encode:{codec}:{k + 1:04d}", need, codec=codec, chunk=k))
        makers |= {video_path(rung): encodes for rung in rungs}
    return makers


def _add_packages(graph: Graph, plan: Plan, encodes: Makers) -> Makers:
    packages: Makers = {}
    for path, made in encodes.items():
        steps = []
        for n, part in enumerate(parts_at(plan, path)):
            need, after = needs.packaging(part.seconds(plan.grid.rate)), [made[k] for k in part.chunks]
            steps.append(graph.add(f"package:{path}:{n + 1:04d}", need, after, rendition=path, part=n))
        packages[path] = steps
    return packages


def _add_verifies(graph: Graph, plan: Plan, packages: Makers) -> Iterator[str]:
    """The steps that verify. A part is decoded with the header that is stored with the first part."""
    rungs = plan.video.rungs if plan.video else ()
    pixels = {video_path(rung): rung.width * rung.height for rung in rungs}
    for path, packaged in packages.items():
        for n, part in enumerate(parts_at(plan, path)):
            need = needs.decoding(pixels.get(path, 0), part.seconds(plan.grid.rate))
            after = (packaged[0], packaged[n])
            yield graph.add(f"verify:{path}:{n + 1:04d}", need, after, rendition=path, part=n)

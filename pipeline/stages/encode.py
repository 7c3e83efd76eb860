"""Fourth stage: pictures by chunk, sound as a whole, and a poster, each an artifact."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path

import msgspec

from ladders.model import Rung
from packagers.cmaf.source import read_source
from pipeline import artifacts
from pipeline.artifacts import Marker
from pipeline.catalog.records import Lease
from pipeline.codec import from_json
from pipeline.errors import EncodeError
from pipeline.events import Progress, Warned
from pipeline.ffmpeg.argv import ChunkInput, encode_audio, encode_chunk, poster
from pipeline.ffmpeg.encoders import ENVIRONMENT
from pipeline.ffmpeg.progress import progress_blocks
from pipeline.ffmpeg.run import Usage
from pipeline.ffmpeg.source import Input, input_environment
from pipeline.job import FORMAT, AudioPlan, Plan, VideoPlan, digest
from pipeline.masters.keys import refuse_changed
from pipeline.stages.context import Context, Outcome
from pipeline.stages.graph import StepParams

POSTER = "poster.jpg"
AUDIO = "audio.mp4"
POSTER_PLACE = Fraction(1, 5)
"""Where in the film the poster is looked for: past the titles, before the end is given away."""


def encode_video(context: Context, lease: Lease) -> Outcome:
    """One chunk, all rungs of one codec."""
    params, plan, video = _video_step(context, lease)
    chunk = chunk_input(plan, video, params.chunk)
    rungs = {f"{rung.name}.mp4": rung for rung in video.rungs_of(params.codec)}

    def make(folder: Path) -> Marker:
        outputs = {folder / name: rung for name, rung in rungs.items()}
        usage = _run_chunk(context, lease, plan, chunk, outputs)
        context.storing(lease)
        return _store(context, name, folder, rungs, usage, chunk.span.frames)

    name = chunk_artifact(plan, params.codec, params.chunk)
    return _made_once(context, name, make)


def encode_sound(context: Context, lease: Lease) -> Outcome:
    """One audio stream, whole."""
    params = from_json(lease.params, StepParams)
    plan = artifacts.load_value(context.storage, params.plan, Plan)
    audio = plan.audio[params.audio]

    def make(folder: Path) -> Marker:
        out = folder / AUDIO

        def run(master: Input) -> Usage:
            binary, environment = context.settings.ffmpeg, {**ENVIRONMENT, **input_environment(master)}
            argv = encode_audio(binary, master, audio.stream, audio.origin, audio.samples, audio.rung, out)
            return context.children.run(argv, environment=environment)

        usage = context.masters.read(plan.master, params.container, lease.seconds, run)
        context.storing(lease)
        return _store(context, name, folder, [AUDIO], usage)

    name = audio_artifact(plan, audio)
    return _made_once(context, name, make)


def make_poster(context: Context, lease: Lease) -> Outcome:
    params, plan, video = _video_step(context, lease)

    def make(folder: Path) -> Marker:
        out = folder / POSTER

        def run(place: Fraction | None, master: Input) -> Usage:
            argv = poster(context.settings.ffmpeg, master, video.stream, place, out)
            return context.children.run(argv, environment=input_environment(master))

        origin = video.origin * video.stream.time_base
        # A master without a usable index may have nothing to show where it was asked to seek.
        for place in (origin + plan.grid.duration * POSTER_PLACE, None):
            usage = context.masters.read(plan.master, params.container, lease.seconds, partial(run, place))
            if out.exists():
                return _store(context, name, folder, [POSTER], usage)
        raise EncodeError(f"{lease.name}: no picture to make a poster of; the master may be damaged")

    name = poster_artifact(plan)
    return _made_once(context, name, make)


def encodes_of(plan: Plan) -> dict[str, str]:
    """Names of the artifacts with a plan's pictures and sound, by the step that makes each."""
    names = {f"audio:{audio.name}": audio_artifact(plan, audio) for audio in plan.audio}
    for codec in plan.video.codecs if plan.video else ():
        for chunk in range(len(plan.grid.chunks)):
            names[f"encode:{codec}:{chunk + 1:04d}"] = chunk_artifact(plan, codec, chunk)
    return names


def chunk_artifact(plan: Plan, codec: str, chunk: int) -> str:
    """Names a chunk's encodes by what decides their bytes: where decoding began does not."""
    assert plan.video is not None  # noqa: S101  only pictures have chunks
    part = msgspec.structs.replace(chunk_input(plan, plan.video, chunk), seek=None)
    return digest("encode", FORMAT, plan.tools, plan.digest, part, plan.video.rungs_of(codec))


def audio_artifact(plan: Plan, audio: AudioPlan) -> str:
    return digest("audio", FORMAT, plan.tools, plan.digest, audio)


def poster_artifact(plan: Plan) -> str:
    assert plan.video is not None  # noqa: S101  only pictures have posters
    return digest("poster", FORMAT, plan.tools, plan.digest, plan.video.stream)


def chunk_input(plan: Plan, video: VideoPlan, chunk: int) -> ChunkInput:
    return ChunkInput(
        stream=video.stream,
        rate=plan.grid.rate,
        origin=video.origin,
        seek=video.seeks[chunk],
        span=plan.grid.span(chunk),
        last=chunk == len(plan.grid.chunks) - 1,
    )


def _video_step(context: Context, lease: Lease) -> tuple[StepParams, Plan, VideoPlan]:
    params = from_json(lease.params, StepParams)
    plan = artifacts.load_value(context.storage, params.plan, Plan)
    if plan.video is None:
        raise EncodeError(f"{lease.name}: the plan has no pictures")
    return params, plan, plan.video


def _made_once(context: Context, name: str, make: Callable[[Path], Marker]) -> Outcome:
    """The artifact `name`, taken if it is there, made in a scratch folder if not."""
    found = artifacts.find(context.storage, name)
    if found:
        return Outcome(result=name, marker=found, reused=True)
    refuse_changed(context.storage, context.job)
    with context.scratch() as folder:
        return Outcome(result=name, marker=make(folder))


def _run_chunk(
    context: Context, lease: Lease, plan: Plan, chunk: ChunkInput, outputs: Mapping[Path, Rung]
) -> Usage:
    """Encode, and if a seek lost frames (a broken index, key frames that are none), decode from the start."""
    attempts = [chunk] if chunk.seek is None else [chunk, msgspec.structs.replace(chunk, seek=None)]
    container = from_json(lease.params, StepParams).container

    def run(attempt: ChunkInput, master: Input) -> Usage:
        return context.children.run(
            encode_chunk(context.settings.ffmpeg, master, attempt, outputs),
            environment={**ENVIRONMENT, **input_environment(master)},
            on_line=progress_blocks(partial(_report, context, lease, chunk.span.frames)),
        )

    for attempt in attempts:
        usage = context.masters.read(plan.master, container, lease.seconds, partial(run, attempt))
        wrong = _wrong_count(outputs, chunk.span.frames)
        if not wrong:
            _warn_of_damage(context, lease, usage)
            return usage
        context.emit(Warned(message=f"{lease.name}: {wrong}"))
    raise EncodeError(f"{lease.name}: {wrong}; the master may be damaged there", evidence=usage.stderr)


def _warn_of_damage(context: Context, lease: Lease, usage: Usage) -> None:
    """A decoder conceals what it cannot read; the picture may show it."""
    complaints = usage.stderr.strip().splitlines()
    if complaints:
        context.emit(Warned(message=f"{lease.name}: the master may be damaged: {complaints[0][:200]}"))


def _report(context: Context, lease: Lease, total: int, block: Mapping[str, str]) -> None:
    context.emit(Progress(step=lease.name, frames=int(block.get("frame", 0)), total=total))


def _wrong_count(outputs: Mapping[Path, Rung], expected: int) -> str:
    for path, rung in outputs.items():
        with path.open("rb") as file:
            found = len(read_source(file))
        if found != expected:
            return f"rung {rung.name} has {found} frames instead of {expected}"
    return ""


def _store(
    context: Context,
    name: str,
    folder: Path,
    files: Mapping[str, object] | list[str],
    usage: Usage,
    frames: int = 0,
) -> Marker:
    refuse_changed(context.storage, context.job)
    paths = {file: folder / file for file in files}
    cost = {"cpu": usage.cpu, "wall": usage.wall}
    return artifacts.store(context.storage, name, paths, **cost, frames=frames, warnings=usage.stderr)

"""Third stage: what will be encoded, at which frame numbers, and the steps that do it."""

from bisect import bisect_right
from collections import Counter
from fractions import Fraction
from math import ceil

import msgspec

from ladders.grid import Grid, divided
from ladders.model import LadderError, SourceFacts
from ladders.rates import output_frames, output_rate
from ladders.select import audio_rung, select_rungs
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.codec import from_json
from pipeline.errors import BadMasterError, UsageError
from pipeline.events import Planned, Warned
from pipeline.ffmpeg.tools import tool_versions
from pipeline.job import AudioPlan, JobSpec, Plan, VideoPlan, digest
from pipeline.media import AudioStream, VideoStream
from pipeline.stages.context import Context, Outcome
from pipeline.stages.graph import steps_of
from pipeline.stages.inspect import Inspected
from pipeline.stages.protection import number_streams, plan_protection
from pipeline.stages.timings import Timing, Timings

AUDIO_GRID_RATE = Fraction(25)
"""Frames that measure time in a title without pictures."""

SAFETY_KEYS = 2
"""Decoding starts this many key frames before a chunk: the last one may be an open GOP's, whose leading
pictures cannot be decoded after a seek."""


def plan(context: Context, lease: Lease) -> Outcome:
    inspected = from_json(lease.params, Inspected)
    timings = artifacts.load_value(context.storage, inspected.timings, Timings)
    job = context.job
    if not job.tools:
        job = msgspec.structs.replace(job, tools=tool_versions(context.settings.ffmpeg))
    made = make_plan(job, inspected, timings)
    if job.drm:
        made = msgspec.structs.replace(made, protection=plan_protection(context, job.drm, made))
        number_streams(context, made)
    for stream in left_out(inspected, made):
        context.emit(Warned(message=f"audio stream {stream.index} ({stream.language}) repeats a language"))
    name = digest("plan", made)
    artifacts.store_value(context.storage, name, made)
    context.emit(planned(made))
    return Outcome(result=name, then=steps_of(made, name, inspected.ingested.info))


def planned(made: Plan) -> Planned:
    """The event that tells what a job has before it."""
    return Planned(
        duration=made.grid.duration,
        frames=made.grid.frames if made.video else 0,
        rate=made.grid.rate,
        steps=Counter(step.kind for step in steps_of(made, "")),
        encode_frames=made.grid.frames * len(made.video.codecs) if made.video else 0,
        renditions=made.renditions,
    )


def make_plan(job: JobSpec, inspected: Inspected, timings: Timings) -> Plan:
    """Pure: the same request, master and timings give the same plan."""
    info = inspected.ingested.info
    timing = timings.of(info.video.index) if info.video else None
    video = None
    if info.video and timing:
        grid = picture_grid(info.video, timing)
        video = _video_plan(job, info.video, timing, grid)
        origin, duration = timing.ticks[0] * info.video.time_base, grid.duration
    else:
        origin, duration = _sound_span(info.audio, timings)
        grid = divided(AUDIO_GRID_RATE, ceil(duration * AUDIO_GRID_RATE))
    return Plan(
        title=job.title,
        master=inspected.ingested.master,
        digest=inspected.ingested.digest,
        tools=job.tools,
        grid=grid,
        video=video,
        audio=tuple(_audio_plan(job, stream, origin, duration) for stream in _languages(info.audio)),
    )


def left_out(inspected: Inspected, made: Plan) -> list[AudioStream]:
    """Audio streams that get no rendition: a player tells renditions apart by language."""
    kept = {audio.stream.index for audio in made.audio}
    return [stream for stream in inspected.ingested.info.audio if stream.index not in kept]


def picture_grid(stream: VideoStream, timing: Timing) -> Grid:
    rate = output_rate(timing.ticks, stream.time_base)
    shown = output_frames(timing.ticks, stream.time_base, rate)
    end = output_frames((timing.ticks[0], timing.end), stream.time_base, rate)[1]
    return divided(rate, max(shown[-1] + 1, end))


def _video_plan(job: JobSpec, stream: VideoStream, timing: Timing, grid: Grid) -> VideoPlan:
    width, height = stream.display_size
    facts = SourceFacts(width=width, height=height, frame_rate=grid.rate)
    try:
        rungs = tuple(rung for ladder in job.ladders for rung in select_rungs(ladder, facts))
    except LadderError as error:
        raise UsageError(f"--ladder: {error}; choose smaller boxes") from error
    return VideoPlan(
        stream=stream,
        origin=timing.ticks[0],
        seeks=chunk_seeks(stream, timing, grid),
        rungs=rungs,
    )


def chunk_seeks(stream: VideoStream, timing: Timing, grid: Grid) -> tuple[Fraction | None, ...]:
    """For each chunk, a key frame safely before the source frame that is on screen when it starts."""
    shown = output_frames(timing.ticks, stream.time_base, grid.rate)
    seeks: list[Fraction | None] = []
    for start in grid.chunks:
        on_screen = timing.ticks[max(0, bisect_right(shown, start) - 1)]
        keys_before = bisect_right(timing.keys, on_screen)
        safe = keys_before - SAFETY_KEYS
        seeks.append(timing.keys[safe] * stream.time_base if safe > 0 else None)
    return tuple(seeks)


def _audio_plan(job: JobSpec, stream: AudioStream, origin: Fraction, duration: Fraction) -> AudioPlan:
    rung = audio_rung(job.ladders[0])
    return AudioPlan(stream=stream, origin=origin, samples=round(duration * rung.sample_rate), rung=rung)


def _sound_span(streams: tuple[AudioStream, ...], timings: Timings) -> tuple[Fraction, Fraction]:
    """Start and duration of a title without pictures: from its first sound to its last."""
    spans = [
        (timing.ticks[0] * stream.time_base, timing.end * stream.time_base)
        for stream in streams
        if (timing := timings.of(stream.index))
    ]
    origin = min(start for start, _ in spans)
    duration = max(end for _, end in spans) - origin
    if duration <= 0:
        raise BadMasterError("the master's sound has no duration; export it again")
    return origin, duration


def _languages(streams: tuple[AudioStream, ...]) -> tuple[AudioStream, ...]:
    """The first stream of each language."""
    first: dict[str, AudioStream] = {}
    for stream in streams:
        first.setdefault(stream.language, stream)
    return tuple(first.values())

"""Fifth stage: encodes -> CMAF header and segments of a part of a rendition, and what was measured."""

import hashlib
from functools import partial

from ladders.grid import video_timescale
from ladders.model import Rung
from packagers.cenc import CencError
from packagers.cmaf.audio import AudioPlan as CmafAudioPlan
from packagers.cmaf.audio import package_audio
from packagers.cmaf.error import CmafError
from packagers.cmaf.plan import VideoPlan as CmafVideoPlan
from packagers.cmaf.rendition import Rendition
from packagers.cmaf.video import package_video
from packagers.mp4.bits import Mp4Error
from packagers.presentation import INIT_NAME, AudioFormat, VideoFormat, segment_name
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.codec import from_json, to_json
from pipeline.errors import PackageError
from pipeline.job import AudioPlan, Plan, video_path
from pipeline.stages.context import Context, Outcome
from pipeline.stages.encode import AUDIO, audio_artifact, chunk_artifact
from pipeline.stages.graph import StepParams
from pipeline.stages.measured import MeasuredPart, StoredTrack, part_name
from pipeline.stages.parts import parts_of
from pipeline.stages.protection import encrypted
from pipeline.storage.base import Storage


def package(context: Context, lease: Lease) -> Outcome:
    params = from_json(lease.params, StepParams)
    plan = artifacts.load_value(context.storage, params.plan, Plan)
    name = part_name(params.rendition, params.part)
    if context.storage.head(f"{plan.root}/{name}"):
        return Outcome(result=name, reused=True)
    try:
        clear = _rendition(context.storage, plan, params)
        rendition = encrypted(context, plan, params.rendition, clear)
        measured = _write(context, plan, params.rendition, rendition)
    except (CmafError, CencError, Mp4Error) as error:
        raise PackageError(f"{params.rendition}: {error}") from error
    context.storage.put(f"{plan.root}/{name}", to_json(measured))
    return Outcome(result=name)


def _rendition(storage: Storage, plan: Plan, params: StepParams) -> Rendition:
    sound = plan.sound_at(params.rendition)
    if sound:
        return _audio(storage, plan, sound)
    rungs = plan.video.rungs if plan.video else ()
    rung = next(rung for rung in rungs if video_path(rung) == params.rendition)
    return _video(storage, plan, rung, parts_of(plan.grid)[params.part].chunks)


def _video(storage: Storage, plan: Plan, rung: Rung, chunks: range) -> Rendition:
    grid = plan.grid
    cmaf_plan = CmafVideoPlan(
        frame_rate=grid.rate,
        timescale=video_timescale(grid.rate),
        total_frames=grid.frames,
        idr_frames=grid.idr,
        segment_starts=grid.segments,
        chunk_starts=grid.chunks,
    )
    names = [chunk_artifact(plan, rung.codec, chunk) for chunk in chunks]
    file = f"{rung.name}.mp4"
    files = [partial(artifacts.open_file, storage, name, file) for name in names]
    return package_video(cmaf_plan, files, part=chunks)


def _audio(storage: Storage, plan: Plan, audio: AudioPlan) -> Rendition:
    cmaf_plan = CmafAudioPlan(segment_starts=plan.grid.segment_times, total_samples=audio.samples)
    file = partial(artifacts.open_file, storage, audio_artifact(plan, audio), AUDIO)
    return package_audio(cmaf_plan, file, language=audio.stream.language)


def _write(context: Context, plan: Plan, path: str, rendition: Rendition) -> MeasuredPart:
    storage, folder = context.storage, f"{plan.root}/{path}"
    if rendition.first == 1:
        storage.put(f"{folder}/{INIT_NAME}", rendition.header)
    segments = []
    for number, segment in enumerate(rendition.segments(), start=rendition.first):
        context.keep_going()
        storage.put(f"{folder}/{segment_name(number)}", segment.to_bytes())
        segments.append(segment.info)
    track = StoredTrack(
        path=path,
        codecs=rendition.codecs,
        timescale=rendition.timescale,
        video=rendition.format if isinstance(rendition.format, VideoFormat) else None,
        audio=rendition.format if isinstance(rendition.format, AudioFormat) else None,
        segments=tuple(segments),
    )
    header = hashlib.sha256(rendition.header).hexdigest()
    return MeasuredPart(header=header, first=rendition.first, track=track)

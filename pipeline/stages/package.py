"""Fifth stage: encodes -> one rendition's CMAF header and segments, and what was measured of them."""

from functools import partial

import msgspec

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
from packagers.presentation import INIT_NAME, AudioFormat, Segment, Track, VideoFormat, segment_name
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.codec import from_json, to_json
from pipeline.errors import PackageError
from pipeline.job import AudioPlan, Plan, video_path
from pipeline.stages.context import Context, Outcome
from pipeline.stages.encode import AUDIO, audio_artifact, chunk_artifact
from pipeline.stages.graph import StepParams
from pipeline.stages.protection import encrypted
from pipeline.storage.base import Storage

TRACK = "track.json"
"""Written last into a rendition's folder: the measured track, and the sign that the folder is whole."""


class StoredTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A Track as JSON, which has no way to tell two kinds of format apart."""

    path: str
    codecs: str
    timescale: int
    video: VideoFormat | None
    audio: AudioFormat | None
    segments: tuple[Segment, ...]

    def track(self) -> Track:
        format_ = self.video or self.audio
        if format_ is None:
            raise PackageError(f"{self.path}: the stored track has no format")
        return Track(self.path, self.codecs, self.timescale, format_, self.segments)


def package(context: Context, lease: Lease) -> Outcome:
    params = from_json(lease.params, StepParams)
    plan = artifacts.load_value(context.storage, params.plan, Plan)
    if context.storage.head(track_key(plan, params.rendition)):
        return Outcome(result=params.rendition, reused=True)
    try:
        clear = _rendition(context.storage, plan, params.rendition)
        rendition = encrypted(context, plan, params.rendition, clear)
        _write(context, plan, params.rendition, rendition)
    except (CmafError, CencError, Mp4Error) as error:
        raise PackageError(f"{params.rendition}: {error}") from error
    return Outcome(result=params.rendition)


def track_key(plan: Plan, rendition: str) -> str:
    return f"{plan.root}/{rendition}/{TRACK}"


def load_track(storage: Storage, root: str, rendition: str) -> Track:
    """The measured track of a rendition of the version whose files are below `root`."""
    with storage.open(f"{root}/{rendition}/{TRACK}") as file:
        return from_json(file.read(), StoredTrack).track()


def _rendition(storage: Storage, plan: Plan, path: str) -> Rendition:
    sound = plan.sound_at(path)
    if sound:
        return _audio(storage, plan, sound)
    rungs = plan.video.rungs if plan.video else ()
    return next(_video(storage, plan, rung) for rung in rungs if video_path(rung) == path)


def _video(storage: Storage, plan: Plan, rung: Rung) -> Rendition:
    grid = plan.grid
    cmaf_plan = CmafVideoPlan(
        frame_rate=grid.rate,
        timescale=video_timescale(grid.rate),
        total_frames=grid.frames,
        idr_frames=grid.idr,
        segment_starts=grid.segments,
        chunk_starts=grid.chunks,
    )
    names = [chunk_artifact(plan, rung.codec, chunk) for chunk in range(len(grid.chunks))]
    file = f"{rung.name}.mp4"
    return package_video(cmaf_plan, [partial(artifacts.open_file, storage, name, file) for name in names])


def _audio(storage: Storage, plan: Plan, audio: AudioPlan) -> Rendition:
    cmaf_plan = CmafAudioPlan(segment_starts=plan.grid.segment_times, total_samples=audio.samples)
    file = partial(artifacts.open_file, storage, audio_artifact(plan, audio), AUDIO)
    return package_audio(cmaf_plan, file, language=audio.stream.language)


def _write(context: Context, plan: Plan, path: str, rendition: Rendition) -> None:
    storage, folder = context.storage, f"{plan.root}/{path}"
    storage.put(f"{folder}/{INIT_NAME}", rendition.header)
    segments = []
    for number, segment in enumerate(rendition.segments(), start=1):
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
    storage.put(track_key(plan, path), to_json(track))

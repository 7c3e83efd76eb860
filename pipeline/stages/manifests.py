"""Sixth stage: measured parts -> tracks, playlists, MPD and poster of a version, all below its folder."""

from packagers.dash.manifest import mpd
from packagers.hls.playlists import (
    IFRAME_NAME,
    MEDIA_NAME,
    iframe_playlist,
    media_playlist,
    multivariant,
)
from packagers.key_classes import protect
from packagers.presentation import Group, Presentation, PresentationError
from pipeline import artifacts
from pipeline.catalog.records import Lease
from pipeline.drm import PlannedProtection
from pipeline.errors import PackageError
from pipeline.job import Plan, audio_path, video_path
from pipeline.stages.context import Context, Outcome
from pipeline.stages.encode import POSTER, poster_artifact
from pipeline.stages.measured import join_parts, load_track
from pipeline.stages.reading import plan_of
from pipeline.stages.signalling import protections
from pipeline.storage.base import Storage

HLS = "master.m3u8"
DASH = "manifest.mpd"
POSTER_PATH = f"images/{POSTER}"


def manifests(context: Context, lease: Lease) -> Outcome:
    plan = plan_of(context, lease)
    storage = context.storage
    for path in plan.renditions:
        join_parts(storage, plan, path)
    presentation = load_presentation(storage, plan)
    longest = presentation.target_duration
    for group in presentation.groups:
        for track in group.tracks:
            playlist = media_playlist(track, longest, group.protection)
            storage.put(f"{plan.root}/{track.path}/{MEDIA_NAME}", playlist.encode())
            if track.sync_points:
                iframes = iframe_playlist(track, longest, group.protection)
                storage.put(f"{plan.root}/{track.path}/{IFRAME_NAME}", iframes.encode())
    storage.put(f"{plan.root}/{HLS}", multivariant(presentation).encode())
    if has_dash(plan.protection):
        storage.put(f"{plan.root}/{DASH}", mpd(presentation).encode())
    if plan.video:
        with artifacts.open_file(storage, poster_artifact(plan), POSTER) as file:
            storage.put(f"{plan.root}/{POSTER_PATH}", file.read())
    return Outcome()


def load_presentation(storage: Storage, plan: Plan) -> Presentation:
    """What was packaged, grouped: a codec of the pictures or a language of the sound is a group."""
    groups = [
        Group(
            kind="video",
            codec=codec,
            tracks=tuple(
                load_track(storage, plan.root, video_path(rung)) for rung in plan.video.rungs_of(codec)
            ),
        )
        for codec in (plan.video.codecs if plan.video else ())
        if plan.video
    ]
    for audio in plan.audio:
        track = load_track(storage, plan.root, audio_path(audio))
        groups.append(Group("audio", audio.rung.codec, (track,), language=audio.stream.language))
    try:
        return shielded(Presentation(tuple(groups)), plan.protection)
    except PresentationError as error:
        raise PackageError(f"{plan.title}: {error}") from error


def shielded(presentation: Presentation, planned: PlannedProtection | None) -> Presentation:
    """With a group a key, and what manifests say of it. Raises PresentationError where a key is missing."""
    return protect(presentation, protections(planned)) if planned else presentation


def has_dash(planned: PlannedProtection | None) -> bool:
    """DASH has no words for segments that are encrypted whole."""
    return planned is None or planned.scheme != "aes-128"

"""A version as it is stored, without the plan it was made from, and whether it is whole."""

from collections.abc import Iterator
from itertools import groupby

import msgspec

from packagers.hls.playlists import IFRAME_NAME, MEDIA_NAME
from packagers.presentation import INIT_NAME, Group, Presentation, PresentationError, Track, segment_name
from pipeline.codec import from_json
from pipeline.errors import StorageError
from pipeline.report import Report
from pipeline.stages.manifests import DASH, HLS, has_dash, shielded
from pipeline.stages.measured import TRACK, load_track
from pipeline.storage.base import Storage
from pipeline.summary import RenditionReport, Summary

REPORT = "report.json"
"""Written last into a version's folder, by its publication."""

STABLE = "stable.json"
"""The manifests of a title that shows the version: to show it again, nothing else has to be read."""


def _presentation(storage: Storage, root: str, report: Report) -> Presentation:
    """The presentation that a version's manifests were written from. Raises StorageError where what describes
    it is missing or damaged."""
    try:
        clear = Presentation(tuple(_groups(storage, root, report.summary)))
        return shielded(clear, report.protection)
    except (msgspec.MsgspecError, PresentationError) as error:
        raise StorageError(f"{root} is damaged: {error}") from error


def lost_files(storage: Storage, title: str, version: str) -> list[str]:
    """Paths of a version's files that are not stored, or with another size than they were written with."""
    root = version_root(title, version)
    sizes = {entry.key.removeprefix(f"{root}/"): entry.size for entry in storage.list(root)}
    if REPORT not in sizes:
        return [REPORT]
    report = _report(storage, root)
    summary = report.summary
    tracks = [f"{rendition.path}/{TRACK}" for rendition in summary.renditions]
    lost = [path for path in tracks if path not in sizes]
    if lost:
        return lost
    due = dict(_files(_presentation(storage, root, report), report))
    return [path for path, size in due.items() if path not in sizes or size not in (None, sizes[path])]


def version_root(title: str, version: str) -> str:
    """Folder of a version's files in storage."""
    return f"titles/{title}/v/{version}"


def _report(storage: Storage, root: str) -> Report:
    with storage.open(f"{root}/{REPORT}") as file:
        data = file.read()
    try:
        return from_json(data, Report)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{root}/{REPORT} is damaged: {error}") from error


def _groups(storage: Storage, root: str, summary: Summary) -> Iterator[Group]:
    """Rungs of a codec are a group, and so is the sound of a language."""
    for (kind, codec, language), found in groupby(summary.renditions, _group_of):
        tracks = tuple(load_track(storage, root, rendition.path) for rendition in found)
        if kind == "video":
            yield Group("video", codec, tracks)
        else:
            yield Group("audio", codec, tracks, language=language)


def _group_of(rendition: RenditionReport) -> tuple[str, str, str]:
    return rendition.kind, rendition.codec, rendition.language


def _files(presentation: Presentation, report: Report) -> Iterator[tuple[str, int | None]]:
    """Paths and sizes of all files that a player may ask for; None where the size was not written down."""
    summary = report.summary
    yield STABLE, None
    yield HLS, None
    if has_dash(report.protection):
        yield DASH, None
    if summary.poster:
        yield summary.poster.removeprefix(f"v/{summary.version}/"), None
    for track in presentation.tracks:
        yield from _track_files(track)


def _track_files(track: Track) -> Iterator[tuple[str, int | None]]:
    yield f"{track.path}/{INIT_NAME}", None
    yield f"{track.path}/{MEDIA_NAME}", None
    if track.sync_points:
        yield f"{track.path}/{IFRAME_NAME}", None
    for number, segment in enumerate(track.segments, start=1):
        yield f"{track.path}/{segment_name(number)}", segment.size

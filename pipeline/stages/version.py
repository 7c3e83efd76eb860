"""A version as it is stored, without the plan it was made from: whether it is whole, and how it is shown."""

from collections.abc import Iterator
from itertools import groupby

import msgspec

from packagers.dash.manifest import mpd
from packagers.hls.playlists import IFRAME_NAME, MEDIA_NAME, multivariant
from packagers.presentation import INIT_NAME, Group, Presentation, PresentationError, Track, segment_name
from pipeline.catalog.catalog import Catalog
from pipeline.codec import from_json
from pipeline.errors import StorageError
from pipeline.report import Report
from pipeline.stages.manifests import DASH, HLS, has_dash, shielded
from pipeline.stages.package import TRACK, load_track
from pipeline.storage.base import Storage
from pipeline.summary import RenditionReport, Summary

REPORT = "report.json"
"""Written last into a version's folder, by its publication."""


def point(storage: Storage, title: str, version: str) -> None:
    """Make the stable URLs of `title` show a stored version. Each manifest is one put: whoever reads it gets
    the old version whole or the new one whole.

    Raises StorageError where the version's own description is missing or damaged.
    """
    root = version_root(title, version)
    report = _report(storage, root)
    presentation = _presentation(storage, root, report)
    folder, base = f"titles/{title}", f"v/{version}/"
    storage.put(f"{folder}/{HLS}", multivariant(presentation, base).encode())
    if has_dash(report.protection):
        storage.put(f"{folder}/{DASH}", mpd(presentation, base).encode())
    else:
        storage.delete(f"{folder}/{DASH}")


def show(storage: Storage, catalog: Catalog, title: str) -> None:
    """Make the stable URLs of `title` show what the catalog says it shows.

    Where another process changes that meanwhile, whoever is last to look sees it and puts it right: so one
    that was stopped for an hour in the middle of this does no harm.
    """
    version = catalog.titles.current(title)
    while version is not None:
        point(storage, title, version)
        version, shown = catalog.titles.current(title), version
        if version == shown:
            return
    withdraw(storage, title)


def withdraw(storage: Storage, title: str) -> None:
    """Remove the stable manifests of a title; its versions' files stay."""
    for name in (HLS, DASH):
        storage.delete(f"titles/{title}/{name}")


def _presentation(storage: Storage, root: str, report: Report) -> Presentation:
    """The presentation that a version's manifests were written from. Raises StorageError as `point` does."""
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

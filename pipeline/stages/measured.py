"""What was measured of packaged files: of each part as it was written, and joined of a whole rendition."""

import re

import msgspec

from packagers.presentation import AudioFormat, Segment, Track, VideoFormat
from pipeline.codec import from_json, to_json
from pipeline.errors import PackageError
from pipeline.job import Plan
from pipeline.stages.parts import parts_at
from pipeline.storage.base import Storage

TRACK = "track.json"
"""The measured track, in its rendition's folder."""

PART = re.compile(r"part-\d{4,}\.json")
"""Beside it, one for each part. Written after the part's files: the sign that those are whole."""


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


class MeasuredPart(msgspec.Struct, frozen=True, kw_only=True):
    """`track` has the part's segments alone, the first of which is number `first`, from 1. `header` is the
    SHA-256 of the header that they were made for, which is stored with the first part."""

    header: str
    first: int
    track: StoredTrack


def part_name(rendition: str, part: int) -> str:
    """Where a part, from 0, is recorded below the version's folder."""
    return f"{rendition}/part-{part + 1:04d}.json"


def load_part(storage: Storage, plan: Plan, rendition: str, part: int) -> MeasuredPart:
    with storage.open(f"{plan.root}/{part_name(rendition, part)}") as file:
        return from_json(file.read(), MeasuredPart)


def join_parts(storage: Storage, plan: Plan, rendition: str) -> None:
    """Store the measured track. Raises PackageError where players could not decode all with one header."""
    parts = [load_part(storage, plan, rendition, n) for n in range(len(parts_at(plan, rendition)))]
    first = parts[0]
    for number, part in enumerate(parts, start=1):
        if part.header != first.header:
            raise PackageError(f"{rendition}: part {number} needs another decoder configuration than part 1")
    segments = tuple(segment for part in parts for segment in part.track.segments)
    joined = msgspec.structs.replace(first.track, segments=segments)
    storage.put(f"{plan.root}/{rendition}/{TRACK}", to_json(joined))


def load_track(storage: Storage, root: str, rendition: str) -> Track:
    """The measured track of a rendition of the version whose files are below `root`."""
    with storage.open(f"{root}/{rendition}/{TRACK}") as file:
        return from_json(file.read(), StoredTrack).track()

"""Encoder output: the sample tables of a fragmented MP4 file with one track, without its media data."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO, TypeVar, cast

import numpy as np

from packagers.cmaf.error import CmafError
from packagers.cmaf.run import MAX_SAMPLES, MAX_TIME, Integers, Samples, fragment_samples
from packagers.mp4.box import Box, Parent
from packagers.mp4.edit import EditList
from packagers.mp4.movie import TrackExtends
from packagers.mp4.parse import read_box, scan
from packagers.mp4.sample_entry import SampleEntry
from packagers.mp4.sample_table import SampleDescription
from packagers.mp4.track import MediaHeader

B = TypeVar("B", bound=Box)
OpenFile = Callable[[], BinaryIO]

CAPACITY = 2 << 20


@dataclass(frozen=True)
class Source:
    """One track: how to decode it, and its samples.

    `edit_start` is the media time in ticks at which presentation starts, which is the encoder's priming in
    audio; None when the file has no edit list.
    """

    entry: SampleEntry
    timescale: int
    edit_start: int | None
    samples: Samples

    def __len__(self) -> int:
        return len(self.samples.sizes)

    @property
    def presentation_times(self) -> Integers:
        return self.samples.decode_times + self.samples.composition_offsets - (self.edit_start or 0)

    def media(self, file: BinaryIO, start: int, stop: int) -> memoryview:
        """Data of samples `start` to `stop`, one after the other; the memory is the caller's."""
        places, sizes = self.samples.places[start:stop], self.samples.sizes[start:stop]
        ends = np.cumsum(sizes)
        breaks = np.flatnonzero(places[1:] != places[:-1] + sizes[:-1]) + 1
        media = fresh_memory(int(ends[-1]))
        for first, last in pairwise([0, *breaks.tolist(), stop - start]):
            begin, end = int(ends[first] - sizes[first]), int(ends[last - 1])
            read_exactly(file, int(places[first]), media[begin:end])
        return media


def fresh_memory(size: int) -> memoryview:
    """Of any content; a bytearray would be filled with zeros first.

    It is cut from a round capacity, so that malloc has the memory of one segment for the next. What is of odd
    sizes goes back to the system, which clears every page before it gives it out again.
    """
    return np.empty(-(-size // CAPACITY) * CAPACITY, np.uint8).data[:size]


def read_exactly(file: BinaryIO, at: int, into: memoryview) -> None:
    file.seek(at)
    # All binary files of `io` have `readinto`, but `typing.BinaryIO` does not know it.
    size = cast("Any", file).readinto(into)
    if size != len(into):
        raise CmafError(
            f"the file ends inside its media data: {len(into)} bytes due at byte {at}, {size} found"
        )


def read_source(file: BinaryIO) -> Source:
    """Reads all boxes of a seekable file but the media data.

    Raises `Mp4Error` for a broken file, `CmafError` for one that is not fragmented MP4 with one track.
    """
    movie: Parent | None = None
    runs: list[Samples] = []
    room = MAX_SAMPLES
    for head in scan(file):
        if head.type == "moov":
            movie = as_kind(read_box(file, head), Parent)
        elif head.type == "moof" and movie:
            moof = as_kind(read_box(file, head), Parent)
            defaults = movie.one("mvex/trex", TrackExtends)
            fragment = list(fragment_samples(moof, head.offset, defaults, room))
            room -= sum(len(run.sizes) for run in fragment)
            runs += fragment
    if movie is None or not runs:
        raise CmafError("no movie box with movie fragments after it: encode with -movflags +frag_keyframe")
    samples = Samples(*(np.concatenate(column) for column in zip(*runs, strict=True)))
    if not len(samples.sizes):
        raise CmafError("the movie fragments have no samples")
    check_places(samples, file.seek(0, os.SEEK_END))
    return describe(movie, samples)


def check_places(samples: Samples, end: int) -> None:
    outside = np.flatnonzero((samples.places < 0) | (samples.places + samples.sizes > end))
    if len(outside):
        raise CmafError(f"the data of sample {outside[0]} lie outside the file's {end} bytes")


def describe(movie: Parent, samples: Samples) -> Source:
    track = movie.one("trak", Parent)
    entries = track.one("mdia/minf/stbl/stsd", SampleDescription).children
    if len(entries) != 1 or not isinstance(entries[0], SampleEntry):
        raise CmafError(f"{len(entries)} sample entries where one of a known kind is due")
    timescale = track.one("mdia/mdhd", MediaHeader).timescale
    if not timescale:
        raise CmafError("the timescale is 0")
    return Source(entries[0], timescale, edit_start(track), samples)


def edit_start(track: Parent) -> int | None:
    """Of one edit that skips a start, the only edit list that CMAF knows (ISO/IEC 23000-19 7.5.13)."""
    edits = list(track.find("edts/elst", EditList))
    if not edits:
        return None
    starts = [int(time) for edit in edits for time in edit.entries["media_time"]]
    if len(starts) != 1 or not 0 <= starts[0] <= MAX_TIME:
        raise CmafError("the edit list does more than skip a start: encode with time stamps that start at 0")
    return starts[0]


def as_kind(box: Box, kind: type[B]) -> B:
    if not isinstance(box, kind):
        raise CmafError(f"{box.type} is not a box with children")
    return box

"""Video: chunks of an encoder to one CMAF track."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count
from math import ceil
from typing import BinaryIO

import numpy as np

from packagers.cmaf.check import frame_numbers
from packagers.cmaf.entry import pixel_aspect, video_entry
from packagers.cmaf.error import CmafError, blame
from packagers.cmaf.fragment import Fragment
from packagers.cmaf.header import CmafTrack, cmaf_header
from packagers.cmaf.plan import VideoPlan
from packagers.cmaf.profile import video_brands
from packagers.cmaf.rendition import Rendition
from packagers.cmaf.run import Integers
from packagers.cmaf.segment import FragmentedSegment, MediaSegment
from packagers.cmaf.source import OpenFile, Source, read_source
from packagers.codecs import codec_string
from packagers.mp4.fragment import NON_SYNC, SAMPLES, SYNC
from packagers.mp4.sample_entry import VisualSampleEntry
from packagers.presentation import VideoFormat


@dataclass(frozen=True)
class Chunk:
    """A checked encoder output: the frames it covers, and the number of each sample's frame."""

    frames: range
    open: OpenFile
    source: Source
    entry: VisualSampleEntry
    numbers: Integers

    def samples(self, frames: range) -> slice:
        return slice(frames.start - self.frames.start, frames.stop - self.frames.start)

    def delay(self, frame_rate: Fraction) -> int:
        """By how many frames the encoder's reordering makes a frame late: its place in decode order less its
        number, at most. What the encoder's edit list announces is the same for all chunks, also for those
        that happen to reorder less."""
        found = int((np.arange(self.frames.start, self.frames.stop) - self.numbers).max())
        announced = frame_rate * (self.source.edit_start or 0) / self.source.timescale
        return max(found, ceil(announced))

    def media(self, file: BinaryIO, frames: range) -> memoryview:
        span = self.samples(frames)
        return self.source.media(file, span.start, span.stop)


def package_video(
    plan: VideoPlan, files: Sequence[OpenFile], *, part: range | None = None, language: str = "und"
) -> Rendition:
    """One rendition from its chunks, in order, or the `part` of it that these chunks, from 0, make. Each of
    `files` opens a chunk, which is read twice.

    Parts fit together where their headers are equal. Raises `CmafError` when a chunk breaks the plan or has
    another decoder configuration than the first of `files`.
    """
    part = range(len(plan.chunks)) if part is None else part
    if len(files) != len(part):
        raise CmafError(f"expected {len(part)} chunks, found {len(files)}")
    chunks = [read_chunk(plan, number, open_) for number, open_ in zip(part, files, strict=True)]
    entry = common_entry(part, chunks)
    delay = max(chunk.delay(plan.frame_rate) for chunk in chunks)
    brands = video_brands(entry, plan.frame_rate)
    skip = delay * plan.frame_ticks
    with blame("header"):
        return Rendition(
            header=cmaf_header(CmafTrack(entry, plan.timescale, plan.duration, brands, language, skip)),
            codecs=codec_string(entry),
            timescale=plan.timescale,
            format=VideoFormat(entry.width, entry.height, plan.frame_rate, pixel_aspect(entry)),
            segments=partial(video_segments, plan, chunks, delay),
            first=1 + bisect_left(plan.segment_starts, chunks[0].frames.start),
        )


def read_chunk(plan: VideoPlan, number: int, open_: OpenFile) -> Chunk:
    frames = plan.chunks[number]
    with blame(f"chunk {number} (frames {frames.start} to {frames.stop - 1})"), open_() as file:
        source = read_source(file)
        return Chunk(frames, open_, source, video_entry(source.entry), frame_numbers(source, plan, frames))


def common_entry(numbers: range, chunks: Sequence[Chunk]) -> VisualSampleEntry:
    """Players get one header, so all chunks must decode with it."""
    first = chunks[0].entry
    for number, chunk in zip(numbers, chunks, strict=True):
        if chunk.entry != first:
            raise CmafError(f"chunk {number}: {difference(first, chunk.entry, numbers.start)}")
    return first


def difference(expected: VisualSampleEntry, found: VisualSampleEntry, number: int) -> str:
    """`expected` is the entry of that chunk."""
    for ours, theirs in zip(expected.children, found.children, strict=False):
        if ours != theirs:
            a, b = ours.to_bytes()[8:].hex(), theirs.to_bytes()[8:].hex()
            return f"expected {ours.type} {a} as in chunk {number}, found {theirs.type} {b}"
    a, b = (f"{entry.type} of {entry.width}x{entry.height}" for entry in (expected, found))
    return f"expected the sample entry of chunk {number} ({a}), found another ({b})"


def video_segments(plan: VideoPlan, chunks: Sequence[Chunk], delay: int) -> Iterator[MediaSegment]:
    numbers = count(1 + bisect_left(plan.idr_frames, chunks[0].frames.start))
    for chunk in chunks:
        with chunk.open() as file:
            for frames in plan.segments_in(chunk.frames):
                fragments = tuple(
                    gop_fragment(plan, chunk, gop, next(numbers), delay) for gop in plan.gops_in(frames)
                )
                media, duration = chunk.media(file, frames), len(frames) * plan.frame_ticks
                yield FragmentedSegment(fragments, media, duration, sync_points=True)


def gop_fragment(plan: VideoPlan, chunk: Chunk, gop: range, number: int, delay: int) -> Fragment:
    """Decode times count frames, so a composition offset is a frame's number less its place in decode order,
    and `delay` frames, which an edit list takes back so that presentation starts at 0.

    Without the delay some offsets would be negative. CMAF allows that (and then no edit list), but FFmpeg's
    demuxer moves all pictures by the largest negative offset it has met so far: late against the sound, and
    later still from the fragment on that reorders more than those before.
    """
    span = chunk.samples(gop)
    columns = {"sample_size": chunk.source.samples.sizes[span]}
    offsets = chunk.numbers[span] - np.arange(gop.start, gop.stop) + delay
    if offsets.any():
        columns["sample_composition_time_offset"] = offsets * plan.frame_ticks
    return Fragment(
        number=number,
        decode_time=gop.start * plan.frame_ticks,
        sample_duration=plan.frame_ticks,
        sample_flags=NON_SYNC,
        first_sample_flags=SYNC,
        samples=SAMPLES.table(version=1, **columns),
    )

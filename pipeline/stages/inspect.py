"""Second stage: when every frame is shown and where decoding can start, read from the packets alone."""

from collections.abc import Callable
from fractions import Fraction

import msgspec

from pipeline import artifacts
from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import from_json, to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import Source, name_of, opened
from pipeline.job import FORMAT, digest
from pipeline.masters.keys import refuse_changed
from pipeline.media import AudioStream, MediaInfo, VideoStream
from pipeline.stages.context import Context, Outcome
from pipeline.stages.ingested import Ingested
from pipeline.stages.needs import CONTROL

MISSING = Fraction(1, 50)
SLACK = Fraction(1, 2)
"""Share of what a container declares, and seconds beside it, that may be missing before the master counts as
truncated: edit lists and damaged last packets account for a little, an interrupted copy for much more."""

DECLARING = frozenset(("mov", "matroska", "avi", "asf", "flv", "mxf", "flac"))
"""Formats whose header says how long they are. Of others, FFmpeg tells what it measured or, of plain streams,
guessed from the bit rate."""


LONGEST = 24 * 3600
"""Seconds. A jump of the clock in a broken recording would otherwise become days of one still picture."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The packets of stream `index`, in ticks of its time base: `ticks` are presentation times, ascending,
    `keys` those of key frames, `end` is when the last one ends. Of audio, only the first time is kept."""

    index: int
    ticks: tuple[int, ...]
    keys: tuple[int, ...]
    end: int


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    streams: tuple[Timing, ...]

    def of(self, index: int) -> Timing | None:
        return next((timing for timing in self.streams if timing.index == index), None)


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    ingested: Ingested
    timings: str
    """Artifact that holds the Timings."""


def inspect(context: Context, lease: Lease) -> Outcome:
    ingested = from_json(lease.params, Ingested)
    name = timings_artifact(ingested.digest)
    if not artifacts.has_value(context.storage, name, Timings):
        with context.masters.whole(ingested.master, ingested.info.format) as master:
            timings = scan(master, ingested.info, context.keep_going)
        refuse_changed(context.storage, context.job)
        artifacts.store_value(context.storage, name, timings)
    inspected = Inspected(ingested=ingested, timings=name)
    plan = StepSpec("plan", "plan", to_json(inspected), after=("inspect",), needs=CONTROL)
    return Outcome(result=inspected, then=(plan,))


def timings_artifact(master: str) -> str:
    """Names the timings of a master by its SHA-256."""
    return digest("inspect", FORMAT, master)


def scan(master: Source, info: MediaInfo, keep_going: Callable[[], None] = lambda: None) -> Timings:
    """Read all packets once. Raises BadMasterError when less is there than the container declares.

    `keep_going` is called for every packet, and may raise to stop.
    """
    video = {info.video.index} if info.video else set()
    # Pictures before it cannot be decoded: a recording that began inside a GOP.
    starts = {info.video.index: info.video.start} if info.video and info.video.start is not None else {}
    indices = video | {audio.index for audio in info.audio}
    ticks: dict[int, list[int]] = {index: [] for index in indices}
    keys: dict[int, list[int]] = {index: [] for index in indices}
    ends = dict.fromkeys(indices, 0)
    with opened(master) as container:
        streams = [s for s in container.streams if s.index in indices]
        for packet in container.demux(streams):
            keep_going()
            # Containers without reordering, such as AVI, give decode times alone.
            time = packet.dts if packet.pts is None else packet.pts
            index = packet.stream_index
            if time is None or packet.is_discard or time < starts.get(index, time):
                continue
            ticks[index].append(time)
            ends[index] = max(ends[index], time + (packet.duration or 0))
            if packet.is_keyframe:
                keys[index].append(time)
    _refuse_broken(name_of(master), info, ticks, ends)
    return Timings(
        streams=tuple(
            Timing(
                index=index,
                ticks=tuple(sorted(times)) if index in video else (min(times),),
                keys=tuple(sorted(keys[index])) if index in video else (),
                end=ends[index],
            )
            for index, times in sorted(ticks.items())
        )
    )


def _refuse_broken(name: str, info: MediaInfo, ticks: dict[int, list[int]], ends: dict[int, int]) -> None:
    video: list[VideoStream | AudioStream] = [info.video] if info.video else []
    for stream in (*video, *info.audio):
        if not ticks[stream.index]:
            raise BadMasterError(
                f"{name}: stream {stream.index} holds no data with a time; export the master again"
            )
    last = max(ends[stream.index] * stream.time_base for stream in (*video, *info.audio))
    for stream in (*video, *info.audio):
        length = (ends[stream.index] - min(ticks[stream.index])) * stream.time_base
        if length > LONGEST:
            told = f"stream {stream.index} lasts {round(length / 3600)} hours, at most 24 can be encoded"
            raise BadMasterError(f"{name}: {told}; its clock may jump: export the master again")
        if not DECLARING.isdisjoint(info.format.split(",")):
            declared = _declared(info, stream)
            _refuse_truncated(name, declared or info.duration or Fraction(0), length if declared else last)


def _refuse_truncated(name: str, declared: Fraction, found: Fraction) -> None:
    if declared * (1 - MISSING) - SLACK > found:
        told = f"it declares {float(declared):.1f} s, and {float(found):.1f} s are there"
        raise BadMasterError(f"{name}: the file is cut short: {told}; copy or export it again")


def _declared(info: MediaInfo, stream: VideoStream | AudioStream) -> Fraction | None:
    """Seconds that the container promises of this stream, None where it speaks of the whole alone."""
    if info.format == "avi" and isinstance(stream, VideoStream) and stream.rate:
        # FFmpeg already took what is missing from an AVI file's duration.
        return stream.frames / stream.rate
    return stream.duration

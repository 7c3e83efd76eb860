"""Second stage: when every frame is shown and where decoding can start, read from the packets alone."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import msgspec

from pipeline import artifacts
from pipeline.catalog.records import Lease, StepSpec
from pipeline.codec import from_json, to_json
from pipeline.errors import BadMasterError
from pipeline.ffmpeg.probe import opened
from pipeline.job import FORMAT, digest
from pipeline.media import AudioStream, MediaInfo, VideoStream
from pipeline.stages.context import Context, Outcome
from pipeline.stages.ingest import Ingested

MISSING = Fraction(1, 50)
"""Share of what a container declares that may be missing before the master counts as truncated: edit lists
and damaged last packets account for a few frames, an interrupted copy for much more."""


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
    name = digest("inspect", FORMAT, ingested.digest)
    if not artifacts.has_value(context.storage, name):
        timings = scan(Path(ingested.master), ingested.info, context.keep_going)
        artifacts.store_value(context.storage, name, timings)
    inspected = Inspected(ingested=ingested, timings=name)
    plan = StepSpec("plan", "plan", to_json(inspected), after=("inspect",))
    return Outcome(result=inspected, then=(plan,))


def scan(path: Path, info: MediaInfo, keep_going: Callable[[], None] = lambda: None) -> Timings:
    """Read all packets once. Raises BadMasterError when less is there than the container declares.

    `keep_going` is called for every packet, and may raise to stop.
    """
    video = {info.video.index} if info.video else set()
    indices = video | {audio.index for audio in info.audio}
    ticks: dict[int, list[int]] = {index: [] for index in indices}
    keys: dict[int, list[int]] = {index: [] for index in indices}
    ends = dict.fromkeys(indices, 0)
    with opened(path) as container:
        streams = [s for s in container.streams if s.index in indices]
        for packet in container.demux(streams):
            keep_going()
            # Containers without reordering, such as AVI, give decode times alone.
            time = packet.dts if packet.pts is None else packet.pts
            if time is None or packet.is_discard:
                continue
            index = packet.stream_index
            ticks[index].append(time)
            ends[index] = max(ends[index], time + (packet.duration or 0))
            if packet.is_keyframe:
                keys[index].append(time)
    _refuse_truncated(path, info, ticks, ends)
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


def _refuse_truncated(path: Path, info: MediaInfo, ticks: dict[int, list[int]], ends: dict[int, int]) -> None:
    streams: list[VideoStream | AudioStream] = [info.video] if info.video else []
    for stream in (*streams, *info.audio):
        times = ticks[stream.index]
        if not times:
            raise BadMasterError(f"{path}: stream {stream.index} holds no data; export the master again")
        found = (ends[stream.index] - min(times)) * stream.time_base
        declared = stream.duration or info.duration or Fraction(0)
        lost = stream.frames * (1 - MISSING) > len(times) + 1 or declared * (1 - MISSING) > found + 1
        if lost:
            told = f"it declares {float(declared):.1f} s, and {float(found):.1f} s are there"
            raise BadMasterError(f"{path}: the file is cut short: {told}; copy or export it again")

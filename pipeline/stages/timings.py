"""When every frame of a master is shown, by its packets: as its index has them, or by reading them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from av.container import InputContainer

from pipeline.errors import BadMasterError
from pipeline.ffmpeg.outline import outlined
from pipeline.ffmpeg.probe import Source, name_of, opened
from pipeline.media import MediaInfo
from pipeline.stages.completeness import refuse_broken

KeepGoing = Callable[[], None]

TRIED = 16
"""Key frames of an index that are looked at, whether they are some; up to 31 where there are few."""


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


def timings_of(master: Source, info: MediaInfo, keep_going: KeepGoing = lambda: None) -> Timings:
    """The timings of a master. Raises BadMasterError when less is there than the container declares.

    `keep_going` is called for every packet, and may raise to stop.
    """
    found = by_index(master, info, keep_going) or by_packets(master, info, keep_going)
    refuse_broken(name_of(master), info, found.ticks, found.ends)
    pictures = {info.video.index} if info.video else set()
    return Timings(
        streams=tuple(
            Timing(
                index=index,
                ticks=tuple(sorted(times)) if index in pictures else (min(times),),
                keys=tuple(sorted(found.keys[index])) if index in pictures else (),
                end=found.ends[index],
            )
            for index, times in sorted(found.ticks.items())
        )
    )


@dataclass(frozen=True)
class Packets:
    """Presentation times of packets, and those of key frames, by stream, in the order of the file; when the
    last of each ends. `lasting` is whether all of them have a duration."""

    ticks: dict[int, list[int]]
    keys: dict[int, list[int]]
    ends: dict[int, int]
    lasting: bool


def by_index(master: Source, info: MediaInfo, keep_going: KeepGoing = lambda: None) -> Packets | None:
    """The packets that the index of an MP4 or MOV tells of; None where there is no such index, and where it
    cannot be believed."""
    if "mov" not in info.format.split(","):
        return None
    try:
        with outlined(master) as container:
            found = _packets(container, info, keep_going) if container else None
        # How long a picture is shown may be told by the picture alone.
        if found is None or not found.lasting:
            return None
        if info.video and not _are_keys(master, info.video.index, found.keys[info.video.index]):
            return None
    except (BadMasterError, OSError):
        # Whether the master is to blame, or how it is read here, is for all packets to tell.
        return None
    return found


def by_packets(master: Source, info: MediaInfo, keep_going: KeepGoing = lambda: None) -> Packets:
    """All packets, each read once."""
    with opened(master) as container:
        return _packets(container, info, keep_going)


def _packets(container: InputContainer, info: MediaInfo, keep_going: KeepGoing) -> Packets:
    # Pictures before it cannot be decoded: a recording that began inside a GOP.
    starts = {info.video.index: info.video.start} if info.video and info.video.start is not None else {}
    indices = {audio.index for audio in info.audio} | ({info.video.index} if info.video else set())
    ticks: dict[int, list[int]] = {index: [] for index in indices}
    keys: dict[int, list[int]] = {index: [] for index in indices}
    ends = dict.fromkeys(indices, 0)
    lasting = True
    for packet in container.demux([stream for stream in container.streams if stream.index in indices]):
        keep_going()
        # Containers without reordering, such as AVI, give decode times alone.
        time = packet.dts if packet.pts is None else packet.pts
        index = packet.stream_index
        if time is None or packet.is_discard or time < starts.get(index, time):
            continue
        ticks[index].append(time)
        ends[index] = max(ends[index], time + (packet.duration or 0))
        lasting = lasting and bool(packet.duration)
        if packet.is_keyframe:
            keys[index].append(time)
    return Packets(ticks, keys, ends, lasting)


def _are_keys(master: Source, index: int, keys: Sequence[int]) -> bool:
    """Whether there are `keys`, and some of them, over the whole title, are key frames by their pictures."""
    with opened(master) as container:
        stream = container.streams[index]
        for tick in keys[:: max(1, len(keys) // TRIED)]:
            container.seek(tick, stream=stream)
            packet = next((packet for packet in container.demux(stream) if packet.size), None)
            if packet is None or not packet.is_keyframe:
                return False
    return bool(keys)

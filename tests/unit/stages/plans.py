"""Masters as probed and inspected, and the plans made of them, without any file."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec

from ladders.load import default_ladder
from ladders.model import Codec, Ladder
from pipeline.job import JobSpec, Plan
from pipeline.media import AudioStream, Colour, MediaInfo, VideoStream
from pipeline.stages.ingested import Ingested
from pipeline.stages.inspect import Inspected
from pipeline.stages.plan import make_plan
from pipeline.stages.timings import Timing, Timings

TICKS = 90_000
"""Per second, of every stream here."""

START = 126_000
"""Where a transport stream of ffmpeg's begins: at 1.4 s."""


def video_stream(**changes: Any) -> VideoStream:
    whole = VideoStream(
        index=0,
        codec="h264",
        width=1280,
        height=720,
        sar=Fraction(1),
        rotation=0,
        pixel_format="yuv420p",
        interlaced=False,
        colour=Colour(),
        time_base=Fraction(1, TICKS),
        rate=Fraction(25),
        frames=0,
        duration=None,
    )
    return msgspec.structs.replace(whole, **changes)


def audio_stream(index: int, language: str) -> AudioStream:
    return AudioStream(
        index=index,
        codec="aac",
        sample_rate=48_000,
        channels=2,
        layout="stereo",
        language=language,
        time_base=Fraction(1, TICKS),
        frames=0,
        duration=None,
    )


def pictures(frames: int, *, step: int = 3600, gop: int = 50, start: int = START) -> Timing:
    """`frames` pictures `step` ticks apart, every `gop`-th a key frame."""
    ticks = tuple(start + n * step for n in range(frames))
    return Timing(index=0, ticks=ticks, keys=ticks[::gop], end=ticks[-1] + step)


def sound(index: int, start: int, end: int) -> Timing:
    return Timing(index=index, ticks=(start,), keys=(), end=end)


def job(codecs: Sequence[Codec] = ("h264",), **changes: Any) -> JobSpec:
    ladders: tuple[Ladder, ...] = tuple(default_ladder(codec) for codec in codecs)
    whole = JobSpec(title="film", master="/film.ts", size=1, mtime=1, ladders=ladders, tools="ffmpeg 9")
    return msgspec.structs.replace(whole, **changes)


def inspected(
    video: VideoStream | None,
    audio: Sequence[AudioStream] = (),
    *,
    master: str = "/film.ts",
    digest: str = "d",
) -> Inspected:
    info = MediaInfo(format="mpegts", size=1, duration=None, video=video, audio=tuple(audio))
    return Inspected(ingested=Ingested(master=master, digest=digest, info=info), timings="t")


def plan_of(
    *timings: Timing,
    video: VideoStream | None = None,
    audio: Sequence[AudioStream] = (),
    spec: JobSpec | None = None,
) -> Plan:
    return make_plan(spec or job(), inspected(video, audio), Timings(streams=timings))

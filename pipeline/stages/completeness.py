"""Is all of a master there that it declares?"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from pipeline.errors import BadMasterError
from pipeline.media import AudioStream, MediaInfo, VideoStream

MISSING = Fraction(1, 50)
SLACK = Fraction(1, 2)
"""Share of what a container declares, and seconds beside it, that may be missing before the master counts as
truncated: edit lists and damaged last packets account for a little, an interrupted copy for much more."""

DECLARING = frozenset(("mov", "matroska", "avi", "asf", "flv", "mxf", "flac"))
"""Formats whose header says how long they are. Of others, FFmpeg tells what it measured or, of plain streams,
guessed from the bit rate."""

LONGEST = 24 * 3600
"""Seconds. A jump of the clock in a broken recording would otherwise become days of one still picture."""


def refuse_broken(
    name: str, info: MediaInfo, ticks: Mapping[int, Sequence[int]], ends: Mapping[int, int]
) -> None:
    """Raises BadMasterError unless the streams of `info` hold what was declared. `ticks` are the times found
    of each, `ends` when the last of its packets ends."""
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

"""What a step takes of the worker that does it: its queue, threads, memory, and how long at most.

Figures lie on the generous side of what was measured: too much declared leaves a core idle for a moment, too
little has the kernel end a worker for want of memory.
"""

from dataclasses import replace
from fractions import Fraction

from ladders.grid import Span
from ladders.model import Rung
from pipeline.catalog.records import Needs
from pipeline.job import AudioPlan
from pipeline.media import VideoStream

CONTROL = Needs("control", seconds=600.0)
"""Decisions: text and a few small files."""

MB = 1_000_000
BASE = 200 * MB
"""An ffmpeg process before its first picture."""

ENCODE_THREADS = 4
"""One process feeds all rungs of a codec and keeps about so many busy."""

DECODE_THREADS = 2

BYTES_A_PIXEL = 300
"""Of all rungs together, lookahead and references included: 1.1 GB were measured for six H.264 rungs to
1080p, 1.4 GB for four of AV1."""

SOURCE_BYTES_A_PIXEL = 60
"""Of the master's picture: two dozen decoded ones at 4:2:2 and 10 bits in the decoder and on their way."""

PATIENCE = 50
"""Times a step's usual length, which is about that of what it encodes on one core at 1080p, after which it
counts as stuck."""

FETCH = 10 * MB
"""Bytes a second at which masters are copied from a bucket, at the least."""

REFERENCE_PIXELS = 1920 * 1080


def reading(size: int) -> Needs:
    """Of `size` bytes of a master, at 1 MB/s and more."""
    return Needs("io", seconds=600.0 + size / MB)


def fetching(need: Needs, size: int) -> Needs:
    """That of a step which may have to copy a master of `size` bytes first, or wait for others that do."""
    return replace(need, seconds=need.seconds + size / FETCH)


def encoding(stream: VideoStream, rungs: tuple[Rung, ...], span: Span, rate: Fraction) -> Needs:
    """Of one chunk, all rungs of a codec."""
    source, encoded = stream.width * stream.height, sum(rung.width * rung.height for rung in rungs)
    memory = BASE + BYTES_A_PIXEL * encoded + SOURCE_BYTES_A_PIXEL * source
    usual = float(span.frames / rate) * max(1.0, (source + encoded) / REFERENCE_PIXELS)
    return Needs("cpu", ENCODE_THREADS, memory, 600.0 + PATIENCE * usual)


def encoding_sound(audio: AudioPlan) -> Needs:
    """Of a whole track: it runs at hundreds of times its length, but reads the whole master."""
    return Needs("cpu", 1, BASE, 600.0 + audio.samples / audio.rung.sample_rate)


def making_poster(stream: VideoStream) -> Needs:
    return Needs("cpu", 1, BASE + SOURCE_BYTES_A_PIXEL * stream.width * stream.height, 600.0)


def packaging(duration: Fraction) -> Needs:
    return Needs("io", seconds=600.0 + float(duration))


def decoding(pixels: int, duration: Fraction) -> Needs:
    """Of a rendition whole; `pixels` is 0 for sound."""
    return Needs(
        "cpu",
        DECODE_THREADS if pixels else 1,
        BASE + SOURCE_BYTES_A_PIXEL * pixels,
        600.0 + 10 * float(duration),
    )

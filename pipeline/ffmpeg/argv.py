"""Encode steps as ffmpeg argument lists. Pure: nothing is run, and equal steps give equal lists.

Frame numbers are those of the grid. A chunk is cut by frame number: timestamps of the master are kept
(`-copyts`), moved so that its first frame is 0, laid on the output rate's grid by `fps`, and trimmed there.
Which frame is number n thus never depends on where decoding began; a seek only saves time.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import msgspec

from ladders.grid import Span, video_timescale
from ladders.model import AudioRung, Rung
from pipeline.ffmpeg.encoders import encoder_options
from pipeline.ffmpeg.picture import picture, scaled
from pipeline.ffmpeg.source import Input, input_name, input_options, seconds
from pipeline.media import AudioStream, VideoStream

TAIL_SECONDS = 1
"""How much of a master's end may be missing (a transport stream cut inside a GOP, say): its last frame is
shown that much longer. More than that is a fault, and the frame count tells."""


class ChunkInput(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk's part of the master: `origin` is the timestamp of the title's first frame, in ticks of the
    stream; `seek` a keyframe's time (seconds) safely before the chunk, None to decode from the start."""

    stream: VideoStream
    rate: Fraction
    origin: int
    seek: Fraction | None
    span: Span
    last: bool


MP4_OPTIONS: Mapping[str, Any] = {
    "f": "mp4",
    # One moof a GOP, offsets from it alone, and a header that needs no second pass; but one written after
    # the first GOP, with an edit list that announces the reordering delay, whether or not a chunk needs it.
    "movflags": "+frag_keyframe+empty_moov+default_base_moof+delay_moov",
    # No version, no date: equal input gives equal bytes.
    "fflags": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
}


def encode_chunk(binary: str, master: Input, chunk: ChunkInput, outputs: Mapping[Path, Rung]) -> list[str]:
    """One process that decodes a chunk once and encodes every rung of one codec, each to its own file."""
    rungs = sorted(outputs.items(), key=lambda item: -item[1].width * item[1].height)
    frames = picture(chunk_frames(master, chunk), chunk.stream)
    streams = []
    for index, (path, rung) in enumerate(rungs):
        frames = scaled(frames, rung.width, rung.height, chunk.stream)
        last = index == len(rungs) - 1
        # Each smaller size is scaled from the next larger: a quarter of the work of scaling from the master.
        branches = None if last else frames.split()
        own = frames if branches is None else branches.stream(0)
        streams.append(ffmpeg.output(own, _file(path), **_video_options(rung, chunk)))
        if branches is not None:
            frames = branches.stream(1)
    return _command(binary, streams)


def chunk_frames(master: Input, chunk: ChunkInput) -> Any:
    """The source frames of a chunk as an ffmpeg-python stream: numbered, at the constant output rate, cut."""
    span, rate = chunk.span, chunk.rate
    options: dict[str, Any] = {**input_options(master), "copyts": None}
    if chunk.seek is not None:
        # Absolute times, and all frames from the keyframe on: the trim below cuts, not the seek.
        options |= {"ss": seconds(chunk.seek), "seek_timestamp": 1, "noaccurate_seek": None}
    options["noautorotate"] = None
    stream = ffmpeg.input(input_name(master), **options)[str(chunk.stream.index)]
    stream = stream.filter("setpts", f"PTS-({chunk.origin})")
    if chunk.stream.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    # The first pictures may not be decodable (a stream cut inside a GOP): the first that is stands for them.
    head = {"start_time": 0} if span.start == 0 else {}
    stream = stream.filter("fps", fps=_ratio(rate), round="near", **head)
    if chunk.last:
        stream = stream.filter("tpad", stop_mode="clone", stop=round(TAIL_SECONDS * rate))
    stream = stream.filter("trim", start_pts=span.start, end_pts=span.end)
    return stream.filter("setpts", f"PTS-{span.start}")


def encode_audio(
    binary: str,
    master: Input,
    stream: AudioStream,
    origin: Fraction,
    samples: int,
    rung: AudioRung,
    path: Path,
) -> list[str]:
    """One process that encodes a whole audio stream: `samples` from `origin` (seconds on the master's clock).

    Sound that starts late or has holes is filled with silence, sound before the first picture is cut, and
    the end is cut or filled to exactly `samples`, so that it stays with the picture from start to end.
    """
    source = ffmpeg.input(input_name(master), **input_options(master), copyts=None)[str(stream.index)]
    source = source.filter("asetpts", f"PTS-({origin})/TB")
    source = source.filter("aresample", rung.sample_rate, **{"async": 1, "first_pts": 0})
    source = source.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
    source = source.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)
    options = {
        **MP4_OPTIONS,
        "c:a": rung.codec,
        "b:a": rung.bitrate,
        "flags:a": "+bitexact",
        # A minute a fragment: the packager holds one in memory.
        "frag_duration": 60_000_000,
        "movflags": "+empty_moov+default_base_moof+delay_moov",
    }
    return _command(binary, [ffmpeg.output(source, _file(path), **options)])


def poster(binary: str, master: Input, stream: VideoStream, at: Fraction | None, path: Path) -> list[str]:
    """One process that picks the most typical frame of some seconds from `at` on (seconds on the master's
    clock, None for its start), as a JPEG of up to 1280 pixels a side."""
    options: dict[str, Any] = {**input_options(master), "noautorotate": None}
    if at is not None:
        options |= {"ss": seconds(at), "seek_timestamp": 1}
    frames = picture(ffmpeg.input(input_name(master), **options)[str(stream.index)], stream)
    width, height = stream.display_size
    scale = min(Fraction(1), Fraction(1280, max(width, height)))
    frames = scaled(frames, max(2, round(width * scale)), max(2, round(height * scale)), stream)
    frames = frames.filter("thumbnail", n=48)
    frames = frames.filter("scale", out_range="pc").filter("format", "yuvj420p")
    output = ffmpeg.output(
        frames,
        _file(path),
        **{"f": "image2", "update": 1, "frames:v": 1, "c:v": "mjpeg", "q:v": 3, "flags:v": "+bitexact"},
        fflags="+bitexact",
        map_metadata=-1,
        threads=1,
    )
    return _command(binary, [output])


def _video_options(rung: Rung, chunk: ChunkInput) -> dict[str, Any]:
    span, rate = chunk.span, chunk.rate
    # Rounded down: ffmpeg forces the first frame that is not before the time given.
    idr_times = [seconds((n - span.start) / rate) for n in span.idr]
    return {
        **MP4_OPTIONS,
        **encoder_options(rung),
        # The plan's list and nothing else decides where GOPs start, for every codec.
        "force_key_frames": ",".join(idr_times),
        "fps_mode": "passthrough",
        "enc_time_base": f"{rate.denominator}/{rate.numerator}",
        "video_track_timescale": video_timescale(rate),
    }


def _command(binary: str, outputs: Iterable[Any]) -> list[str]:
    merged = ffmpeg.merge_outputs(*outputs)
    globals_ = ["-hide_banner", "-nostdin", "-loglevel", "error", "-progress", "pipe:1", "-nostats"]
    return [binary, *globals_, *ffmpeg.get_args(merged, overwrite_output=True)]


def _file(path: Path) -> str:
    """The prefix keeps a path that looks like a URL a path."""
    return f"file:{path}"


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"

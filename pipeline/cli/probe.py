"""`telecine probe`: what a master contains."""

from pathlib import Path

import click

from pipeline.cli.options import json_option, master_argument
from pipeline.cli.wording import clock, size
from pipeline.codec import to_json
from pipeline.ffmpeg.probe import probe
from pipeline.media import AudioStream, MediaInfo, VideoStream


@click.command(name="probe")
@master_argument
@json_option
def probe_command(master: Path, as_json: bool) -> None:
    """Tell what MASTER contains.

    \b
    Example:
      telecine probe film.mov
    """
    info = probe(master)
    click.echo(to_json(info).decode() if as_json else describe(info))


def describe(info: MediaInfo) -> str:
    duration = clock(float(info.duration)) if info.duration else "unknown duration"
    lines = [f"{info.format}, {duration}, {size(info.size)}"]
    if info.video:
        lines.append(_video(info.video))
    lines += [_audio(stream) for stream in info.audio]
    return "\n".join(lines)


def _video(stream: VideoStream) -> str:
    width, height = stream.display_size
    rate = f"{float(stream.rate):.6g} frames/s" if stream.rate else "unknown rate"
    facts = [
        f"{stream.codec} {stream.width}x{stream.height}",
        f"shown as {width}x{height}" if (width, height) != (stream.width, stream.height) else "",
        rate,
        stream.pixel_format,
        "interlaced" if stream.interlaced else "",
        f"HDR ({stream.colour.transfer})" if stream.colour.is_hdr else "",
    ]
    return f"video {stream.index}: " + ", ".join(fact for fact in facts if fact)


def _audio(stream: AudioStream) -> str:
    language = "" if stream.language == "und" else f", {stream.language}"
    return f"audio {stream.index}: {stream.codec} {stream.layout}, {stream.sample_rate} Hz{language}"

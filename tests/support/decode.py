"""Decode a rendition whole, with ffmpeg: from a file, an HLS playlist or a DASH manifest, local or by URL.

Anything that ffmpeg says, warnings included, is an error here: what plays with a warning in ffmpeg may not
play at all in a browser.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryFile
from typing import IO

import av
import imageio_ffmpeg
import m3u8
import numpy as np
from numpy.typing import NDArray

GAP = Fraction(1, 1000)
"""Containers with millisecond time stamps move audio frames by up to half of this."""

NUT_SHIFT = 1
"""Seconds added on the way here: NUT carries decoded frames with their time stamps, but none below 0."""


class DecodeError(AssertionError):
    """ffmpeg failed, complained, or gave sound with a gap."""


@dataclass(frozen=True)
class Frame:
    """A decoded picture: presentation time in seconds; luma as uint8 rows x columns, full range."""

    time: Fraction
    luma: NDArray[np.uint8]


@dataclass(frozen=True)
class Sound:
    """A decoded audio track: presentation time of the first sample; samples x channels as float32."""

    start: Fraction
    sample_rate: int
    samples: NDArray[np.float32]


def frames(source: str | Path, stream: int = 0, options: Sequence[str] = ()) -> Iterator[Frame]:
    """Every picture of a video stream, in order, one in memory at a time.

    `stream` counts the video streams of a file or manifest, or the variants of an HLS multivariant playlist,
    from 0. `options` are ffmpeg input options, such as a decryption key.
    """
    passthrough = ["-fps_mode", "passthrough", "-enc_time_base:v", "demux"]
    encoding = [*passthrough, "-c:v", "rawvideo", "-pix_fmt", "gray"]
    for frame in _decode(_rendition(source, "video", stream), options, encoding):
        if isinstance(frame, av.VideoFrame):
            yield Frame(_time(frame), np.asarray(frame.to_ndarray(), np.uint8))


def sound(source: str | Path, stream: int = 0, options: Sequence[str] = ()) -> Sound:
    """An audio stream, whole; `stream` counts audio streams or HLS audio renditions from 0.

    What the time stamps put before 0, as they do with encoder priming, is left out.
    Raises DecodeError when a frame does not begin where the one before it ended.
    """
    # Without skip_manual the DASH demuxer, which opens every segment anew, drops encoder priming from each.
    options = [*options, "-flags2:a", "+skip_manual"]
    decoded = _decode(_rendition(source, "audio", stream), options, ["-c:a", "pcm_f32le"])
    parts = [frame for frame in decoded if isinstance(frame, av.AudioFrame)]
    _refuse_gaps(parts)
    start, rate, channels = _time(parts[0]), parts[0].sample_rate, len(parts[0].layout.channels)
    samples = np.concatenate([np.asarray(part.to_ndarray(), np.float32) for part in parts], axis=1)
    priming = max(0, round(-start * rate))
    return Sound(start + Fraction(priming, rate), rate, samples.reshape(-1, channels)[priming:])


def _rendition(source: str | Path, kind: str, stream: int) -> tuple[str, str]:
    """ffmpeg's input and stream specifier.

    A multivariant playlist is resolved here: ffmpeg would stop in the middle of a segment of the variants
    that are not asked for, and complain about the pieces.
    """
    if isinstance(source, Path):
        source = str(source.resolve())
    if source.endswith(".m3u8") and (playlist := m3u8.load(source)).is_variant:
        # In a title of sound alone, the variant itself is the sound.
        audio = [media for media in playlist.media if media.type == "AUDIO" and media.uri]
        renditions = audio if kind == "audio" and audio else playlist.playlists
        uris = list(dict.fromkeys(rendition.absolute_uri for rendition in renditions))
        return uris[stream], f"0:{kind[0]}:0"
    return source, f"0:{kind[0]}:{stream}"


def _decode(
    rendition: tuple[str, str], options: Sequence[str], encoding: Sequence[str]
) -> Iterator[av.VideoFrame | av.AudioFrame]:
    source, stream = rendition
    input_options = ["-loglevel", "warning", "-copyts", "-itsoffset", str(NUT_SHIFT), *options]
    output = ["-map", stream, *encoding, "-f", "nut", "pipe:1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *input_options, "-i", source, *output]
    with TemporaryFile() as messages:
        with Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=messages) as ffmpeg:
            assert ffmpeg.stdout
            try:
                with av.open(ffmpeg.stdout, mode="r", format="nut") as nut:
                    for packet in nut.demux():
                        yield from packet.decode()  # type: ignore[misc]
            except av.FFmpegError as error:
                messages.write(f"no frames to read: {error}".encode())
        _refuse_complaints(messages, source, ffmpeg.returncode)


def _refuse_complaints(messages: IO[bytes], source: str, returncode: int) -> None:
    messages.seek(0)
    text = messages.read().decode(errors="replace").strip()
    if text or returncode:
        raise DecodeError(f"ffmpeg on {source}, exit code {returncode}: {text}")


def _refuse_gaps(parts: Sequence[av.AudioFrame]) -> None:
    end = _time(parts[0])
    for part in parts:
        if abs(_time(part) - end) > GAP:
            raise DecodeError(f"sound ends at {float(end)} s and goes on at {float(_time(part))} s")
        end += Fraction(part.samples, part.sample_rate)


def _time(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    if frame.pts is None or frame.time_base is None:
        raise DecodeError("a frame without a time stamp")
    return frame.pts * frame.time_base - NUT_SHIFT

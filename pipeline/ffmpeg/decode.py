"""Decode a rendition whole, from stdin, and tell when every frame is shown."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pipeline.ffmpeg.run import Children

FORMATS = {"video": "{pts} 0", "audio": "{pts} {samp}"}


@dataclass
class Decoded:
    """Per frame, its presentation time in ticks of the track and, of sound, its number of samples; what the
    decoder complained of, and the CPU seconds it took."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    samples: "array[int]" = field(default_factory=lambda: array("q"))
    complaints: str = ""
    cpu: float = 0.0

    def take(self, line: str) -> None:
        time, samples = line.split()
        self.times.append(int(time))
        self.samples.append(int(samples))


def decode_argv(binary: str, kind: Literal["video", "audio"]) -> list[str]:
    """Arguments to decode a CMAF track from stdin to nothing, with a line on stdout for every frame."""
    return [
        binary,
        *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"),
        # A damaged frame is an error here, not something to conceal.
        *("-xerror", "-err_detect", "+crccheck+bitstream+buffer+explode"),
        # Times as they are in the track, wherever the part begins.
        "-copyts",
        *("-protocol_whitelist", "pipe", "-f", "mp4", "-i", "pipe:0"),
        *("-map", "0", "-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "null"),
        *("-stats_enc_pre", "pipe:1", "-stats_enc_pre_fmt", FORMATS[kind], "-"),
    ]


def decode(
    children: Children, binary: str, kind: Literal["video", "audio"], stream: Iterable[bytes]
) -> Decoded:
    """Decode the track whose header and segments `stream` gives. Raises EncodeError when that fails."""
    decoded = Decoded()
    usage = children.run(decode_argv(binary, kind), feed=stream, on_line=decoded.take)
    decoded.complaints, decoded.cpu = usage.stderr.strip(), usage.cpu
    return decoded

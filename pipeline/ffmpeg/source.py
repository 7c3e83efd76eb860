"""How ffmpeg reads a master: only formats and protocols that cannot refer to other files or hosts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

DEMUXERS = (
    "aac", "ac3", "aiff", "amr", "apng", "asf", "av1", "avi", "caf", "dts", "dv", "eac3", "flac", "flv",
    "gxf", "h264", "hevc", "ivf", "m4v", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mp3", "mpeg", "mpegts",
    "mpegvideo", "mxf", "nut", "obu", "ogg", "truehd", "vvc", "w64", "wav", "y4m", "yuv4mpegpipe",
)  # fmt: skip
"""Containers a master may be in. Left out on purpose: hls, dash, concat, image2, sdp, rtsp and everything
else that names further files or hosts, which an attacker could point at ours."""

FORMATS = {"format_whitelist": ",".join(DEMUXERS)}

INPUT_OPTIONS: Mapping[str, str] = {**FORMATS, "protocol_whitelist": "file"}
"""Of a master that is a file, for PyAV and for ffmpeg's command line alike."""

PERSISTENT: Mapping[str, str] = {
    # From the signpost to the storage, and no further.
    "max_redirects": "1",
    "reconnect": "1",
    "reconnect_on_network_error": "1",
    "reconnect_on_http_error": "429,5xx",
    # Each pause is twice the one before: 26 s in all, then the connection counts as lost.
    "reconnect_delay_max": "30",
    # Microseconds without a byte.
    "rw_timeout": "30000000",
}
"""A storage closes connections that an encoder reads slowly, and is out for moments; that ends no step."""

TRANSPORT = re.compile(r"\[(?:http|https|httpproxy|tls|tcp) @ |\s+Last message repeated ")


@dataclass(frozen=True)
class Remote:
    """A stored master that ffmpeg reads over HTTP, by ranges.

    `url` says nothing of where it is: a proxy named in `environment` does (see `signpost`). `ca_file` has the
    authorities that vouch for the storage; empty where it speaks plain HTTP.
    """

    url: str
    ca_file: str
    environment: Mapping[str, str] = field(repr=False)


Input = Path | Remote


def input_name(master: Input) -> str:
    """What follows `-i`."""
    # The prefix keeps a path that looks like a URL a path.
    return master.url if isinstance(master, Remote) else f"file:{master}"


def input_options(master: Input) -> Mapping[str, str]:
    """What stands before `-i`."""
    if not isinstance(master, Remote):
        return INPUT_OPTIONS
    if not master.ca_file:
        return {**FORMATS, "protocol_whitelist": "http,tcp", **PERSISTENT}
    secure = {"tls_verify": "1", "ca_file": master.ca_file}
    return {**FORMATS, "protocol_whitelist": "http,https,tcp,tls", **secure, **PERSISTENT}


def input_environment(master: Input) -> Mapping[str, str]:
    return master.environment if isinstance(master, Remote) else {}


def complaints(stderr: str) -> str:
    """What ffmpeg said, without lines about connections that broke.

    One that was taken up again leaves no other; of one that was not, the demuxer complains as well.
    """
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not TRANSPORT.match(line))


def seconds(time: Fraction) -> str:
    """A time for ffmpeg's command line: microseconds are its resolution, rounded down so that neither a seek
    nor a forced key frame comes after what is meant."""
    return f"{time.numerator * 1_000_000 // time.denominator / 1_000_000:.6f}"

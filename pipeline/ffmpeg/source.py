"""How ffmpeg reads a master: only formats and protocols that cannot refer to other files or hosts."""

from collections.abc import Mapping
from fractions import Fraction

DEMUXERS = (
    "aac", "ac3", "aiff", "amr", "apng", "asf", "av1", "avi", "caf", "dts", "dv", "eac3", "flac", "flv",
    "gxf", "h264", "hevc", "ivf", "m4v", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mp3", "mpeg", "mpegts",
    "mpegvideo", "mxf", "nut", "obu", "ogg", "truehd", "vvc", "w64", "wav", "y4m", "yuv4mpegpipe",
)  # fmt: skip
"""Containers a master may be in. Left out on purpose: hls, dash, concat, image2, sdp, rtsp and everything
else that names further files or hosts, which an attacker could point at ours."""

PROTOCOLS = ("file",)

INPUT_OPTIONS: Mapping[str, str] = {
    "format_whitelist": ",".join(DEMUXERS),
    "protocol_whitelist": ",".join(PROTOCOLS),
}
"""For PyAV and for ffmpeg's command line alike."""


def seconds(time: Fraction) -> str:
    """A time for ffmpeg's command line: microseconds are its resolution, rounded down so that neither a seek
    nor a forced key frame comes after what is meant."""
    return f"{time.numerator * 1_000_000 // time.denominator / 1_000_000:.6f}"

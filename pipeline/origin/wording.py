"""Figures as people read them. For display only: nothing here is computed with."""

from fractions import Fraction

# By RFC 6381 sample entry, as the first part of a codec string.
_CODEC_NAMES = {
    "avc1": "H.264",
    "avc3": "H.264",
    "hvc1": "HEVC",
    "hev1": "HEVC",
    "dvh1": "Dolby Vision",
    "dvhe": "Dolby Vision",
    "av01": "AV1",
    "vp09": "VP9",
    "mp4a": "AAC",
    "Opus": "Opus",
    "opus": "Opus",
    "fLaC": "FLAC",
    "flac": "FLAC",
    "ac-3": "Dolby Digital",
    "ec-3": "Dolby Digital Plus",
}

# Style sheets colour these; others are grey. A codec string is data, and must not become a class name.
_CODEC_KEYS = {"H.264": "h264", "HEVC": "hevc", "AV1": "av1", "VP9": "vp9", "Dolby Vision": "dolby-vision"}

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def codec_name(codec: str) -> str:
    """`avc1.640028` is H.264."""
    entry = codec.partition(".")[0]
    return _CODEC_NAMES.get(entry, entry)


def codec_key(name: str) -> str:
    """Return the class that gives the codec called `name` its colour."""
    return _CODEC_KEYS.get(name, "other")


def size_name(width: int, height: int) -> str:
    """A rung goes by its lines, whichever way the picture is turned: 1080x1920 is 1080p."""
    return f"{min(width, height)}p"


def channel_layout(channels: int) -> str:
    """Six channels are 5.1."""
    return _LAYOUTS.get(channels, f"{channels} channels")


def bit_rate(bits_per_second: int) -> str:
    """Decimal units, as manifests and networks use them: 4200000 is 4.2 Mb/s."""
    if bits_per_second < 1_000_000:
        return f"{round(bits_per_second / 1000)} kb/s"
    return f"{bits_per_second / 1_000_000:.1f} Mb/s"


def frame_rate(rate: Fraction) -> str:
    """24000/1001 is 23.976, 25 is 25."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def clock(duration: Fraction) -> str:
    """Hours only where there are any: 3725 s is 1:02:05, 62 s is 1:02."""
    minutes, seconds = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

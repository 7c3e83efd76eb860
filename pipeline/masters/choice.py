"""Which way a stored master is read: from the storage by ranges, or from a copy on this machine.

A copy is checked against the digest in the master's key. What is read by ranges is not, so the connection
must guard it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

Reads = Literal["auto", "url", "cache"]
"""What the operator wants: a choice by format and connection, or always the one or the other."""

Way = Literal["url", "copy"]

_INDEXED = "an index says where everything is"
_SEARCHED = "no index: a seek is a search, of dozens of requests"
_PLAIN = "no container: what is sought is found by reading from the start"
_SOUND = "sound alone: read from start to end, by a step for each language"
_SPARSE = "an index of few entries, or none"

WAYS: Mapping[str, tuple[Way, str]] = {
    "mov,mp4,m4a,3gp,3g2,mj2": ("url", _INDEXED),
    "matroska,webm": ("url", _INDEXED),
    "mxf": ("url", _INDEXED),
    **dict.fromkeys(("mpegts", "mpeg", "ogg", "nut"), ("copy", _SEARCHED)),
    **dict.fromkeys(("avi", "asf", "flv", "gxf"), ("copy", _SPARSE)),
    **dict.fromkeys(
        ("apng", "av1", "dv", "h264", "hevc", "ivf", "m4v", "mpegvideo", "obu", "vvc", "y4m", "yuv4mpegpipe"),
        ("copy", _PLAIN),
    ),
    **dict.fromkeys(
        ("aac", "ac3", "aiff", "amr", "caf", "dts", "eac3", "flac", "mp3", "truehd", "w64", "wav"),
        ("copy", _SOUND),
    ),
}
"""Formats by FFmpeg's names, all that a master may have: how each is read, and why."""


@dataclass(frozen=True)
class Choice:
    """`reason` is a clause for a log."""

    way: Way
    reason: str


def choose(reads: Reads, container: str, url: str, *, proxied: bool, able: bool) -> Choice:
    """How to read a master in the format `container`, which the storage offers at `url`.

    `proxied` is whether that host is reached through a proxy, of which ffmpeg is not told; `able`, whether
    ffmpeg is one that can be kept from following redirects.
    """
    if reads == "cache":
        return Choice("copy", "TELECINE_MASTER_READS says so")
    if reads == "url":
        return Choice("url", "TELECINE_MASTER_READS says so")
    if not able:
        return Choice("copy", "this ffmpeg cannot be kept from following redirects, or lacks TLS")
    if not _guarded(url):
        return Choice("copy", "plain HTTP to another machine: nothing would notice changed bytes")
    if proxied:
        return Choice("copy", "the storage is behind a proxy")
    return Choice(*WAYS.get(container, ("copy", _PLAIN)))


def _guarded(url: str) -> bool:
    """Whether bytes arrive as they were sent: by TLS, or without leaving this machine."""
    where = urlsplit(url)
    return where.scheme == "https" or _is_loopback(where.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

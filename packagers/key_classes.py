"""Keys by class: who may have one size of picture need not be given the key of another."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from packagers.presentation import Group, Presentation, PresentationError, Track, VideoFormat
from packagers.protection import Protection

KeyClass = Literal["audio", "sd", "hd", "uhd"]

SD, HD = 1024 * 576, 1920 * 1080
"""The most pixels of a class. Lines would put upright and cropped pictures into others than their 16:9 peers;
CPIX counts pixels, too (DASH-IF CPIX 2.3, VideoFilter)."""


def key_class(track: Track) -> KeyClass:
    if not isinstance(track.format, VideoFormat):
        return "audio"
    return video_class(track.format.width, track.format.height)


def video_class(width: int, height: int) -> KeyClass:
    pixels = width * height
    return "sd" if pixels <= SD else "hd" if pixels <= HD else "uhd"


def protect(presentation: Presentation, keys: Mapping[KeyClass, Protection]) -> Presentation:
    """`presentation` with each group split by the classes of its tracks, for one group has one key.

    Groups and tracks keep their order.

    Raises PresentationError where a class has no key, or the parts of a group cannot be presented.
    """
    return Presentation(tuple(part for group in presentation.groups for part in _parts(group, keys)))


def _parts(group: Group, keys: Mapping[KeyClass, Protection]) -> Iterator[Group]:
    for name in dict.fromkeys(map(key_class, group.tracks)):
        if name not in keys:
            raise PresentationError(f"there is no key for {name} in the {group.codec} group")
        tracks = tuple(track for track in group.tracks if key_class(track) == name)
        yield replace(group, tracks=tracks, protection=keys[name])

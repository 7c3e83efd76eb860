"""A title summed up for the pages: which codecs, how far the ladder reaches, who can hear it."""

from dataclasses import dataclass

from pipeline.keys.classes import KeyClass, video_class
from pipeline.origin import wording
from pipeline.origin.cards import AudioRendition, TitleCard, VideoRendition

Rendition = VideoRendition | AudioRendition

MANIFESTS = {"HLS": "master.m3u8", "DASH": "manifest.mpd"}

_TALLEST_BAR = 20
_SHORTEST_BAR = 4


@dataclass(frozen=True, slots=True)
class Ladder:
    """The renditions of one codec, from the cheapest up."""

    codec: str
    rungs: list[Rendition]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rung drawn as high as its picture has lines, in pixels."""

    codec: str
    height: int


def ladders(title: TitleCard) -> list[Ladder]:
    """Return what a viewer is switched between, by codec: the video, or the audio where there is no video."""
    by_codec: dict[str, list[Rendition]] = {}
    renditions: tuple[Rendition, ...] = title.video or title.audio
    for rendition in sorted(renditions, key=lambda rendition: rendition.peak_rate):
        by_codec.setdefault(wording.codec_name(rendition.codec), []).append(rendition)
    return [Ladder(codec, rungs) for codec, rungs in by_codec.items()]


def codecs(title: TitleCard) -> list[str]:
    """Return the names of the title's codecs, each once."""
    return [ladder.codec for ladder in ladders(title)]


def summary(title: TitleCard) -> str:
    """`1080p, 6 rungs`, or `4 audio renditions`."""
    if not title.video:
        return _count(len(title.audio), "audio rendition")
    top = max(title.video, key=lambda rung: (min(rung.width, rung.height), rung.peak_rate))
    return f"{wording.size_name(top.width, top.height)}, {_count(len(title.video), 'rung')}"


def languages(title: TitleCard) -> list[str]:
    """Return the language tags of the title's audio, each once; unknown ones tell a viewer nothing."""
    return list(dict.fromkeys(audio.language for audio in title.audio if audio.language != "und"))


def manifests(title: TitleCard) -> dict[str, str]:
    """Return the title's manifests by format: DASH has no words for segments that are encrypted whole."""
    return {name: file for name, file in MANIFESTS.items() if name == "HLS" or title.scheme != "aes-128"}


def key_class(rendition: Rendition) -> KeyClass:
    """Return whose key the rendition is under, if it is encrypted."""
    if isinstance(rendition, VideoRendition):
        return video_class(rendition.width, rendition.height)
    return "audio"


def key_classes(title: TitleCard) -> list[KeyClass]:
    """Return the classes of keys that the title has, if it is encrypted."""
    return list(dict.fromkeys([*map(key_class, title.audio), *map(key_class, title.video)]))


def bars(title: TitleCard) -> list[Bar]:
    """Draw the rungs of a title, codec by codec, relative to the largest of them."""
    most = max((_lines(rung) for rung in title.video), default=0)
    return [
        Bar(ladder.codec, _SHORTEST_BAR + (_TALLEST_BAR - _SHORTEST_BAR) * _lines(rung) // most)
        for ladder in ladders(title)
        for rung in ladder.rungs
        if isinstance(rung, VideoRendition)
    ]


def _lines(rung: VideoRendition) -> int:
    return min(rung.width, rung.height)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""Which audio groups and variant streams a multivariant playlist offers, and in which order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from packagers.presentation import AudioFormat, Group, Presentation, Track

FIRST_VARIANT = 2_000_000  # bits per second (HLS authoring rule 1.32)


@dataclass(frozen=True)
class Rendition:
    """One EXT-X-MEDIA. `name` is unique in its audio group (RFC 8216bis 4.4.6.1.1)."""

    group: Group
    track: Track
    name: str


@dataclass(frozen=True)
class AudioGroup:
    """Renditions to choose from: one codec, one number of channels, one step of bit rate."""

    id: str
    channels: int
    renditions: tuple[Rendition, ...]

    @property
    def default(self) -> Rendition:
        """The first main rendition, or else the first."""
        return next((r for r in self.renditions if r.group.role == "main"), self.renditions[0])


@dataclass(frozen=True)
class Variant:
    """One EXT-X-STREAM-INF. `track` is the one whose playlist it names: a video track, or in a title without
    picture the default rendition of `audio`."""

    presentation: Presentation
    track: Track
    audio: AudioGroup | None

    @cached_property
    def codecs(self) -> str:
        """Each codec of any playable combination, once (RFC 8216bis 4.4.6.2)."""
        return ",".join(dict.fromkeys(track.codecs for track in (self.track, *self._sounds)))

    @cached_property
    def bandwidth(self) -> int:
        """The largest sum of peaks of any playable combination (HLS authoring rule 9.13)."""
        return self._largest(self.presentation.peak_bandwidth)

    @cached_property
    def average_bandwidth(self) -> int:
        return self._largest(lambda track: track.average_bandwidth)

    def _largest(self, rate: Callable[[Track], int]) -> int:
        sound = max(map(rate, self._sounds), default=0)
        return sound if self.track in self._sounds else sound + rate(self.track)

    @property
    def _sounds(self) -> tuple[Track, ...]:
        return tuple(r.track for r in self.audio.renditions) if self.audio else ()


def audio_groups(presentation: Presentation) -> tuple[AudioGroup, ...]:
    """In the presentation's order of preference.

    Languages and roles share an audio group. Another codec, number of channels or bit rate makes another one,
    for a rendition may differ in nothing else from its counterparts (RFC 8216bis 4.4.6.1.1).
    """
    members: dict[tuple[str, int, int], list[tuple[Group, Track]]] = {}
    for group in presentation.of_kind("audio"):
        for step, track in enumerate(sorted(group.tracks, key=lambda t: t.average_bandwidth), 1):
            if isinstance(track.format, AudioFormat):
                members.setdefault((group.codec, track.format.channels, step), []).append((group, track))
    return tuple(
        AudioGroup(_group_id(codec, channels, step), channels, tuple(_named(tracks)))
        for (codec, channels, step), tracks in members.items()
    )


def variants(presentation: Presentation) -> list[Variant]:
    """Each video track with each audio group, in listing order.

    Players start with the first: it is of the most compatible codec, near 2 Mb/s (HLS authoring rule 1.32).
    The others follow by bandwidth.
    """
    sounds = audio_groups(presentation)
    pictures = presentation.of_kind("video")
    # Of the preferred codec there is a group a key.
    preferred = [g for g in pictures if g.codec == pictures[0].codec] or presentation.groups[:1]
    if pictures:
        groups = [*preferred, *(g for g in pictures if g not in preferred)]
        tracks = [track for group in groups for track in group.tracks]
        every = [Variant(presentation, track, audio) for audio in sounds or [None] for track in tracks]
    else:
        every = [Variant(presentation, audio.default.track, audio) for audio in sounds]
    # The tracks of the preferred groups were listed first above, so theirs are the first variants.
    count = sum(len(group.tracks) for group in preferred)
    first = min(every[:count], key=lambda v: abs(v.average_bandwidth - FIRST_VARIANT))
    return [first, *sorted((v for v in every if v is not first), key=lambda v: v.bandwidth)]


def _group_id(codec: str, channels: int, step: int) -> str:
    return f"{codec}-{channels}ch" + (f"-{step}" if step > 1 else "")


def _named(tracks: Iterable[tuple[Group, Track]]) -> Iterator[Rendition]:
    taken: set[str] = set()
    for group, track in tracks:
        # An attribute value cannot hold a double quote, nor escape one (RFC 8216bis 4.2).
        name = title = group.title.replace('"', "'")
        count = 1
        while name in taken:
            count += 1
            name = f"{title} ({count})"
        taken.add(name)
        yield Rendition(group, track, name)

"""The format-neutral description of a title: what the HLS and the DASH writers both write from.

Everything here was measured on segments as they were written; nothing comes from settings. A `Presentation`
holds `Group`s (a set of tracks that a player may switch between: one codec family, one language, one key), a
group holds `Track`s, a track holds `Segment`s. Times are integer ticks of the track's timescale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

from packagers import bitrate, names
from packagers.protection import Protection

MediaKind = Literal["video", "audio"]
Role = Literal["main", "alternate", "commentary", "dub", "description"]


class PresentationError(ValueError):
    """Tracks that cannot be presented together; the message says which rule they break."""


@dataclass(frozen=True, slots=True)
class SyncPoint:
    """A place in a segment where decoding can start: one closed GOP, which is one `moof` and its `mdat`.

    `offset` and `size` are the bytes of the segment from the `moof` to the end of the first (intra) picture,
    as an I-frame playlist needs them (HLS authoring rule 6.10). `duration` is the whole GOP in ticks.
    """

    offset: int
    size: int
    duration: int

    def __post_init__(self) -> None:
        if self.offset < 0 or self.size <= 0 or self.duration <= 0:
            raise PresentationError(f"{self} is no place in a segment")


@dataclass(frozen=True, slots=True)
class Segment:
    """One media file of a track: `duration` in ticks of presentation time, `size` in bytes."""

    duration: int
    size: int
    sync_points: tuple[SyncPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoFormat:
    width: int
    height: int
    frame_rate: Fraction
    sar: Fraction = Fraction(1)

    @property
    def aspect(self) -> Fraction:
        """Display aspect ratio (DASH `@par`)."""
        return Fraction(self.width, self.height) * self.sar


@dataclass(frozen=True, slots=True)
class AudioFormat:
    sample_rate: int
    channels: int


@dataclass(frozen=True)
class Track:
    """One rendition: `path` is its folder relative to the manifests of its version, such as `video/h264-720`.

    `codecs` is the RFC 6381 string. Segment files are `seg-00001.m4s` and on, beside `init.mp4`.
    """

    path: str
    codecs: str
    timescale: int
    format: VideoFormat | AudioFormat
    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        if not names.is_relative_path(self.path):
            raise PresentationError(f"{self.path!r} is not a plain relative path")
        if not names.is_codec_string(self.codecs):
            raise PresentationError(f"{self.path}: {self.codecs!r} is not an RFC 6381 codec string")
        if self.timescale <= 0:
            raise PresentationError(f"{self.path}: the timescale must be positive")
        if not self.segments:
            raise PresentationError(f"{self.path}: a track needs at least one segment")
        if any(s.duration <= 0 or s.size <= 0 for s in self.segments):
            raise PresentationError(f"{self.path}: every segment needs a positive duration and size")
        self._check_sync_points()

    def _check_sync_points(self) -> None:
        if not self.sync_points:
            return
        for number, segment in enumerate(self.segments, 1):
            if sum(p.duration for p in segment.sync_points) != segment.duration:
                raise PresentationError(f"{self.path}: the GOPs of segment {number} do not fill it")
            limits = [*(p.offset for p in segment.sync_points[1:]), segment.size]
            if any(p.offset + p.size > limit for p, limit in zip(segment.sync_points, limits, strict=True)):
                raise PresentationError(f"{self.path}: an I-frame of segment {number} runs out of its GOP")

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @cached_property
    def duration(self) -> Fraction:
        """Seconds of presentation time."""
        return Fraction(sum(s.duration for s in self.segments), self.timescale)

    @cached_property
    def starts(self) -> tuple[Fraction, ...]:
        """Presentation time at which each segment starts, in seconds."""
        ticks, out = 0, []
        for segment in self.segments:
            out.append(Fraction(ticks, self.timescale))
            ticks += segment.duration
        return tuple(out)

    @cached_property
    def target_duration(self) -> int:
        """EXT-X-TARGETDURATION: the longest segment, rounded to a whole second (RFC 8216bis 4.4.3.1).

        At least 1: players wait for and divide by it.
        """
        longest = max(s.duration for s in self.segments)
        return max(1, round_half_up(Fraction(longest, self.timescale)))

    @cached_property
    def sync_points(self) -> tuple[SyncPoint, ...]:
        """Those of all segments in turn; empty for audio."""
        return tuple(point for segment in self.segments for point in segment.sync_points)

    @cached_property
    def average_bandwidth(self) -> int:
        """Bits per second over the whole track, rounded up."""
        return bitrate.average(self.segments, self.timescale)

    @cached_property
    def peak_bandwidth(self) -> int:
        """Peak segment bit rate under the track's own target duration; see `bitrate.peak`."""
        return bitrate.peak(self.segments, self.timescale, self.target_duration)


@dataclass(frozen=True)
class Group:
    """Tracks a player may switch between: one DASH AdaptationSet, one set of HLS variants or one audio group.

    `codec` names the family (`h264`, `av1`, `aac`), `language` is a BCP-47 tag (`und` when unknown),
    `label` is what a menu shows. Video tracks of a group share segment and GOP boundaries to the tick, and
    tracks of another key are another group.
    """

    kind: MediaKind
    codec: str
    tracks: tuple[Track, ...]
    language: str = "und"
    role: Role = "main"
    label: str = ""
    protection: Protection | None = None

    def __post_init__(self) -> None:
        if not self.tracks:
            raise PresentationError(f"the {self.codec} group has no track")
        if not names.is_codec_family(self.codec):
            raise PresentationError(f"{self.codec!r} is not the name of a codec family")
        if not names.is_language_tag(self.language):
            raise PresentationError(f"{self.language!r} is not a BCP 47 language tag")
        expected = VideoFormat if self.kind == "video" else AudioFormat
        for track in self.tracks:
            if not isinstance(track.format, expected):
                raise PresentationError(f"{track.path}: not a track of a group of {self.kind}")
        if self.kind == "video":
            _check_boundaries(self.tracks)
        if self.protection:
            self._check_protection(self.protection)

    def _check_protection(self, protection: Protection) -> None:
        for track in self.tracks:
            if protection.clear_segments >= len(track.segments):
                raise PresentationError(f"{track.path}: the clear lead leaves nothing to encrypt")
            if protection.scheme == "aes-128" and track.sync_points:
                raise PresentationError(f"{track.path}: no part of an aes-128 segment can be read by itself")

    @property
    def title(self) -> str:
        """What a menu shows: the label, or else the language, or at least what kind of media this is."""
        return names.printable(self.label) or (self.kind if self.language == "und" else self.language)


@dataclass(frozen=True)
class Presentation:
    """A version of a title. `groups` are in order of preference: the most compatible codec first."""

    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        if not self.groups:
            raise PresentationError("a presentation needs at least one group")
        paths = [track.path for track in self.tracks]
        if len(set(paths)) != len(paths):
            raise PresentationError("two tracks share a folder")
        if len({g.protection.scheme for g in self.groups if g.protection}) > 1:
            raise PresentationError("two protection schemes in one presentation")
        for group in self.groups:
            for other in self.key_siblings(group):
                _check_boundaries((group.tracks[0], other.tracks[0]))

    def of_kind(self, kind: MediaKind) -> tuple[Group, ...]:
        return tuple(g for g in self.groups if g.kind == kind)

    def key_siblings(self, group: Group) -> tuple[Group, ...]:
        """Video groups between which and `group` a player may switch, too, if it has both keys."""
        return tuple(
            other
            for other in self.of_kind("video")
            if (other.kind, other.codec, other.language, other.role)
            == (group.kind, group.codec, group.language, group.role)
            and other.protection != group.protection
        )

    @property
    def tracks(self) -> tuple[Track, ...]:
        return tuple(t for g in self.groups for t in g.tracks)

    @cached_property
    def duration(self) -> Fraction:
        """Seconds: the longest track."""
        return max(t.duration for t in self.tracks)

    @cached_property
    def target_duration(self) -> int:
        """One target duration for all playlists (HLS authoring rule 8.2)."""
        return max(t.target_duration for t in self.tracks)

    def peak_bandwidth(self, track: Track) -> int:
        """The peak that both manifests declare for `track`, under the target duration they share."""
        return bitrate.peak(track.segments, track.timescale, self.target_duration)


def _check_boundaries(tracks: Sequence[Track]) -> None:
    for a, b in pairwise(tracks):
        if a.starts != b.starts or a.duration != b.duration:
            raise PresentationError(f"{a.path} and {b.path}: segment boundaries differ")


def segment_name(number: int) -> str:
    """File name of segment `number`, counted from 1."""
    return f"seg-{number:05d}.m4s"


INIT_NAME = "init.mp4"


def round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)

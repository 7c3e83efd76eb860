"""A job: the request, which never changes, and the plan made from it."""

import hashlib
import re
from fractions import Fraction
from functools import cached_property

import msgspec

from ladders.grid import Grid
from ladders.model import AudioRung, Codec, Ladder, Rung
from pipeline.codec import to_json
from pipeline.drm import Drm, PlannedProtection
from pipeline.errors import UsageError
from pipeline.media import AudioStream, VideoStream

FORMAT = 2
"""Raised whenever the same plan would be encoded or packaged to other bytes than before."""


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. `master` is a file's absolute path or a key of the storage; `size` and, of a file,
    `mtime` (nanoseconds) tell whether it is still what was meant. `tools` names the encoders' versions; where
    it is empty, those of whoever plans."""

    title: str
    master: str
    size: int
    mtime: int
    ladders: tuple[Ladder, ...]
    tools: str
    drm: Drm | None = None

    @property
    def id(self) -> str:
        return f"job-{digest(self)}"


class VideoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`origin` is the timestamp of the first picture in ticks of the stream; `seeks` has, for each chunk, a
    key frame's time in seconds from which decoding may start, None for the master's start."""

    stream: VideoStream
    origin: int
    seeks: tuple[Fraction | None, ...]
    rungs: tuple[Rung, ...]

    @property
    def codecs(self) -> tuple[Codec, ...]:
        return tuple(dict.fromkeys(rung.codec for rung in self.rungs))

    def rungs_of(self, codec: str) -> tuple[Rung, ...]:
        return tuple(rung for rung in self.rungs if rung.codec == codec)


class AudioPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`origin` is the title's start in seconds on the master's clock, `samples` the length of the output."""

    stream: AudioStream
    origin: Fraction
    samples: int
    rung: AudioRung

    @property
    def name(self) -> str:
        return f"{self.rung.name}-{self.stream.language}"


class Plan(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everything that decides a version's bytes: `master` is where the master is, as in the job, `digest` its
    SHA-256."""

    title: str
    master: str
    digest: str
    tools: str
    grid: Grid
    video: VideoPlan | None
    audio: tuple[AudioPlan, ...]
    protection: PlannedProtection | None = None

    @cached_property
    def version(self) -> str:
        """Named by what decides its bytes, and so not by where the master happened to lie."""
        return digest(FORMAT, msgspec.structs.replace(self, master=""))

    @property
    def root(self) -> str:
        """Folder of this version's files in storage."""
        return f"titles/{self.title}/v/{self.version}"

    @property
    def renditions(self) -> tuple[str, ...]:
        """Folders of all tracks below `root`."""
        video = (video_path(rung) for rung in self.video.rungs) if self.video else ()
        return (*video, *(audio_path(audio) for audio in self.audio))

    def sound_at(self, path: str) -> AudioPlan | None:
        """The audio whose rendition is in the folder `path`, None where that is one of pictures."""
        return next((audio for audio in self.audio if audio_path(audio) == path), None)


def video_path(rung: Rung) -> str:
    return f"video/{rung.codec}-{rung.name}"


def audio_path(audio: AudioPlan) -> str:
    return f"audio/{audio.name}"


def digest(*parts: object) -> str:
    """The first 80 bits of the SHA-256 of the parts' JSON, in hex: readable names, and no collision at any
    number of artifacts that a catalog can hold."""
    return hashlib.sha256(b"\0".join(to_json(part) for part in parts)).hexdigest()[:20]


SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def slug_of(name: str) -> str:
    """A file name as a title: `Big Buck Bunny (2008)` becomes `big-buck-bunny-2008`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100].strip("-")
    if not slug:
        raise UsageError(f"no title can be made of {name!r}: give one with --title")
    return slug


def checked_slug(title: str) -> str:
    if not SLUG.fullmatch(title) or len(title) > 100:
        raise UsageError(f"--title {title!r}: use lower-case letters, digits and single hyphens, at most 100")
    return title

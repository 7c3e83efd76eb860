"""CMAF headers: the `init.mp4` of a rendition (ISO/IEC 23000-19 7.3.2.1 and 7.5)."""

from dataclasses import dataclass
from fractions import Fraction

from packagers.cmaf.entry import pixel_aspect
from packagers.cmaf.language import track_language
from packagers.mp4.box import Box, Parent
from packagers.mp4.brand import FileType
from packagers.mp4.edit import EDITS, EditList
from packagers.mp4.movie import MovieExtendsHeader, MovieHeader, TrackExtends
from packagers.mp4.sample_entry import (
    AudioSampleEntry,
    VisualSampleEntry,
)
from packagers.mp4.sample_table import (
    ChunkOffset,
    SampleDescription,
    SampleSize,
    SampleToChunk,
    SyncSample,
    TimeToSample,
)
from packagers.mp4.track import (
    DataEntryUrl,
    DataReference,
    ExtendedLanguage,
    Handler,
    MediaHeader,
    SoundMediaHeader,
    TrackHeader,
    VideoMediaHeader,
)

TRACK_ID = 1
ENABLED_IN_MOVIE_AND_PREVIEW = 7
STRUCTURAL_BRANDS = ("iso6", "cmfc")


@dataclass(frozen=True)
class CmafTrack:
    """What a header says. `duration` and `skip` are ticks: presentation, and media time before it (priming of
    sound, reordering delay of pictures)."""

    entry: VisualSampleEntry | AudioSampleEntry
    timescale: int
    duration: int
    profile_brands: tuple[str, ...] = ()
    language: str = "und"
    skip: int = 0

    @property
    def video(self) -> bool:
        return isinstance(self.entry, VisualSampleEntry)


def cmaf_header(track: CmafTrack) -> bytes:
    # `cmf2` rules out an edit list in video (ISO/IEC 23000-19 7.7.2).
    edited_video = track.video and track.skip
    brands = STRUCTURAL_BRANDS + (() if edited_video else ("cmf2",)) + track.profile_brands
    return FileType(major_brand="iso6", compatible_brands=brands).to_bytes() + movie(track).to_bytes()


def movie(track: CmafTrack) -> Parent:
    """`moov` without samples, so all durations are 0 but that of `mehd`; times of creation are left at 0."""
    total = MovieExtendsHeader(fragment_duration=track.duration, version=int(track.duration >= 1 << 32))
    return container(
        "moov",
        MovieHeader(timescale=track.timescale, next_track_id=TRACK_ID + 1),
        container("trak", track_header(track), *edits(track), media(track)),
        container("mvex", total, TrackExtends(track_id=TRACK_ID)),
    )


def track_header(track: CmafTrack) -> TrackHeader:
    if not isinstance(track.entry, VisualSampleEntry):
        return TrackHeader(track_id=TRACK_ID, flags=ENABLED_IN_MOVIE_AND_PREVIEW, volume=Fraction(1))
    return TrackHeader(
        track_id=TRACK_ID,
        flags=ENABLED_IN_MOVIE_AND_PREVIEW,
        width=Fraction(round(track.entry.width * pixel_aspect(track.entry))),
        height=Fraction(track.entry.height),
    )


def edits(track: CmafTrack) -> tuple[Box, ...]:
    """An edit that skips a start; of duration 0, which is all the rest (ISO/IEC 23000-19 7.5.13)."""
    if not track.skip:
        return ()
    edit = EDITS.table(segment_duration=[0], media_time=[track.skip], media_rate=[1], media_rate_fraction=[0])
    return (container("edts", EditList(entries=edit)),)


def media(track: CmafTrack) -> Parent:
    code, tag = track_language(track.language)
    return container(
        "mdia",
        MediaHeader(timescale=track.timescale, language=code),
        Handler(handler_type="vide" if track.video else "soun"),
        *([ExtendedLanguage(extended_language=tag)] if tag else []),
        container(
            "minf",
            VideoMediaHeader() if track.video else SoundMediaHeader(),
            container("dinf", DataReference(children=(DataEntryUrl(),))),
            sample_table(track),
        ),
    )


def sample_table(track: CmafTrack) -> Parent:
    """No samples. An empty `stss` says that not all samples of video are sync samples."""
    tables: list[Box] = [TimeToSample(), SampleToChunk(), SampleSize(), ChunkOffset()]
    if track.video:
        tables.append(SyncSample())
    return container("stbl", SampleDescription(children=(track.entry,)), *tables)


def container(type_: str, *children: Box) -> Parent:
    return Parent(type=type_, children=children)

"""What listings show of a published version: kept in the catalog, and part of `report.json`."""

from fractions import Fraction

import msgspec

from packagers.presentation import Presentation, Track, VideoFormat


class RenditionReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rendition: bits per second and bytes as measured; `rate` is frames/s or samples/s."""

    path: str
    kind: str
    codec: str
    codecs: str
    segments: int
    size: int
    average_bandwidth: int
    peak_bandwidth: int
    rate: Fraction
    width: int = 0
    height: int = 0
    channels: int = 0
    language: str = ""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A version as listings show it: `duration` in seconds, `poster` relative to the title's folder, `scheme`
    how it is encrypted, empty where it is not."""

    title: str
    version: str
    duration: Fraction
    frames: int
    size: int
    poster: str | None
    renditions: tuple[RenditionReport, ...]
    scheme: str = ""


def renditions(presentation: Presentation) -> tuple[RenditionReport, ...]:
    return tuple(
        _rendition(track, group.kind, group.codec, group.language)
        for group in presentation.groups
        for track in group.tracks
    )


def _rendition(track: Track, kind: str, codec: str, language: str) -> RenditionReport:
    common = RenditionReport(
        path=track.path,
        kind=kind,
        codec=codec,
        codecs=track.codecs,
        segments=len(track.segments),
        size=sum(segment.size for segment in track.segments),
        average_bandwidth=track.average_bandwidth,
        peak_bandwidth=track.peak_bandwidth,
        rate=Fraction(0),
    )
    match track.format:
        case VideoFormat(width=width, height=height, frame_rate=rate):
            return msgspec.structs.replace(common, width=width, height=height, rate=rate)
        case audio:
            rate = Fraction(audio.sample_rate)
            return msgspec.structs.replace(common, rate=rate, channels=audio.channels, language=language)

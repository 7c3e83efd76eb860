"""The MPD, written through the node classes of the `mpegdash` package."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil

from mpegdash.nodes import BaseURL, Period
from mpegdash.parser import MPEGDASHParser

from packagers import bitrate, names
from packagers.dash.adaptation import adaptation_set
from packagers.dash.model import NAMESPACES, Mpd, node
from packagers.presentation import Presentation, Segment, Track

PROFILES = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"


def mpd(presentation: Presentation, base: str = "") -> str:
    """The static MPD. `base`, such as `v/3f9a/`, leads from it to the version's folder.

    Raises ValueError where `base` is no relative folder, PresentationError for an unknown channel layout and
    for tracks that are `aes-128`.
    """
    folder = names.folder(base)
    sets = [
        adaptation_set(presentation, group, number) for number, group in enumerate(presentation.groups, 1)
    ]
    root = node(
        Mpd,
        xmlns="urn:mpeg:dash:schema:mpd:2011",
        namespaces=NAMESPACES if any(group.protection for group in presentation.groups) else {},
        type="static",
        profiles=PROFILES,
        media_presentation_duration=xs_duration(presentation.duration),
        min_buffer_time=xs_duration(_start_buffer(presentation)),
        max_segment_duration=xs_duration(max(_longest_segment(t) for t in presentation.tracks)),
        base_urls=[node(BaseURL, base_url_value=folder)] if folder else None,
        periods=[node(Period, id="0", start="PT0S", adaptation_sets=sets)],
    )
    xml: bytes = MPEGDASHParser.get_as_doc(root).toprettyxml(indent="  ", encoding="utf-8")
    return xml.decode()


def xs_duration(seconds: Fraction) -> str:
    """`seconds` as xs:duration, rounded up to a microsecond, so that no player stops before the end."""
    value = Decimal(ceil(seconds * 10**6)).scaleb(-6)
    return f"PT{value.normalize():f}S"


def _start_buffer(presentation: Presentation) -> Fraction:
    """Of the picture, if there is any: a GOP is the most that must arrive whole before it can be played, and
    sound is played frame by frame. Counted in segments, a player that heeds it would start one too late."""
    lead = presentation.of_kind("video") or presentation.groups
    return max(
        bitrate.start_buffer(_gops(track), track.timescale, presentation.peak_bandwidth(track))
        for group in lead
        for track in group.tracks
    )


def _gops(track: Track) -> Sequence[Segment]:
    """`track` as if each GOP were a segment; as it is where no GOP is known."""
    if not track.sync_points:
        return track.segments
    gops = []
    for segment in track.segments:
        bounds = [0, *(p.offset for p in segment.sync_points[1:]), segment.size]
        sizes = (end - start for start, end in pairwise(bounds))
        gops += [Segment(p.duration, size) for p, size in zip(segment.sync_points, sizes, strict=True)]
    return gops


def _longest_segment(track: Track) -> Fraction:
    return Fraction(max(s.duration for s in track.segments), track.timescale)

"""Adaptation sets and their representations."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import Any

from mpegdash.nodes import (
    Descriptor,
    Representation,
    S,
    SegmentTemplate,
    SegmentTimeline,
    XsStringElement,
)

from packagers.dash.model import AdaptationSet, node
from packagers.dash.protection import content_protections
from packagers.presentation import (
    INIT_NAME,
    AudioFormat,
    Group,
    Presentation,
    PresentationError,
    Track,
    VideoFormat,
)

ROLE = "urn:mpeg:dash:role:2011"
SWITCHING = "urn:mpeg:dash:adaptation-set-switching:2016"
AUDIO_PURPOSE, FOR_THE_VISUALLY_IMPAIRED = "urn:tva:metadata:cs:AudioPurposeCS:2007", "1"
CHANNEL_CONFIGURATION = "urn:mpeg:mpegB:cicp:ChannelConfiguration"

# Number of channels -> ISO/IEC 23091-3 ChannelConfiguration of the layout that encoders mean by that number.
# 7 is 6.1. 8 is 7.1 with side and back channels (12), not with wide front ones (7).
LAYOUTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 11, 8: 12}

# `presentation.segment_name` as a template. The id is the track's folder, so that one template serves all.
MEDIA = "$RepresentationID$/seg-$Number%05d$.m4s"
INITIALIZATION = f"$RepresentationID$/{INIT_NAME}"


def adaptation_set(presentation: Presentation, group: Group, number: int) -> Any:
    """One group as an AdaptationSet. `number` is its place in the presentation, from 1.

    It is linked by adaptation-set-switching:2016 to sets that differ in their key alone (DASH-IF IOP part 6),
    and not to sets of other codecs: a player that follows it would change decoders in mid-stream, which few
    can do without a break.
    """
    shared = len({(t.timescale, tuple(s.duration for s in t.segments)) for t in group.tracks}) == 1
    return node(
        AdaptationSet,
        id=number,
        content_type=group.kind,
        mime_type=f"{group.kind}/mp4",
        lang=None if group.language == "und" else group.language,
        segment_alignment=len({t.starts for t in group.tracks}) == 1,
        start_with_sap=1,
        **_picture_limits(group),
        content_protections=content_protections(group.protection) if group.protection else None,
        supplemental_properties=_switching(presentation, group),
        labels=[node(XsStringElement, text=group.title)] if group.label else None,
        accessibilities=_accessibility(group),
        roles=[node(Descriptor, scheme_id_uri=ROLE, value=group.role)],
        segment_templates=[_template(group.tracks[0])] if shared else None,
        representations=[_representation(presentation, t, own_template=not shared) for t in group.tracks],
    )


def _picture_limits(group: Group) -> dict[str, object]:
    formats = [t.format for t in group.tracks if isinstance(t.format, VideoFormat)]
    if not formats:
        return {}
    # Scaled to whole, even sizes, small rungs only come near the shape of the picture; the largest is it.
    largest = max(formats, key=lambda f: f.width * f.height)
    return {
        "par": _ratio(largest.aspect),
        "max_width": max(f.width for f in formats),
        "max_height": max(f.height for f in formats),
        "max_frame_rate": str(max(f.frame_rate for f in formats)),
    }


def _switching(presentation: Presentation, group: Group) -> list[Any] | None:
    siblings = presentation.key_siblings(group)
    if not siblings:
        return None
    numbers = [str(number) for number, other in enumerate(presentation.groups, 1) if other in siblings]
    return [node(Descriptor, scheme_id_uri=SWITCHING, value=",".join(numbers))]


def _accessibility(group: Group) -> list[Any] | None:
    if group.role != "description":
        return None
    return [node(Descriptor, scheme_id_uri=AUDIO_PURPOSE, value=FOR_THE_VISUALLY_IMPAIRED)]


def _representation(presentation: Presentation, track: Track, own_template: bool) -> Any:
    return node(
        Representation,
        id=track.path,
        codecs=track.codecs,
        bandwidth=presentation.peak_bandwidth(track),
        segment_templates=[_template(track)] if own_template else None,
        **(_picture(track.format) if isinstance(track.format, VideoFormat) else _sound(track.format)),
    )


def _picture(video: VideoFormat) -> dict[str, object]:
    return {
        "width": video.width,
        "height": video.height,
        "frame_rate": str(video.frame_rate),
        "sar": _ratio(video.sar),
    }


def _sound(audio: AudioFormat) -> dict[str, object]:
    if audio.channels not in LAYOUTS:
        raise PresentationError(f"{audio.channels} channels are no layout that DASH can name")
    layout = node(Descriptor, scheme_id_uri=CHANNEL_CONFIGURATION, value=LAYOUTS[audio.channels])
    return {"audio_sampling_rate": audio.sample_rate, "audio_channel_configurations": [layout]}


def _template(track: Track) -> Any:
    return node(
        SegmentTemplate,
        timescale=track.timescale,
        initialization=INITIALIZATION,
        media=MEDIA,
        start_number=1,
        segment_timelines=[node(SegmentTimeline, Ss=list(_runs(track)))],
    )


def _runs(track: Track) -> Iterator[Any]:
    """One S a run of equal durations; `r` counts the repeats of the first (ISO/IEC 23009-1 5.3.9.6)."""
    for index, (ticks, run) in enumerate(groupby(s.duration for s in track.segments)):
        repeats = sum(1 for _ in run) - 1
        yield node(S, t=None if index else 0, d=ticks, r=repeats or None)


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}:{value.denominator}"

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from mpegdash.nodes import Period
from sample_presentations import (
    AES_128,
    AUDIO_ONLY,
    AV1_720,
    CENC,
    ENGLISH,
    H264,
    H264_360,
    H264_720,
    LADDER,
    LANGUAGES,
    SYSTEMS,
    VIDEO_ONLY,
    audio,
)

from packagers import dash, systems
from packagers.dash.manifest import xs_duration
from packagers.dash.model import node
from packagers.presentation import Group, Presentation, PresentationError, Segment, VideoFormat
from packagers.protection import Protection

NS = {"": "urn:mpeg:dash:schema:mpd:2011"}


def parse(presentation: Presentation) -> ET.Element:
    return ET.fromstring(dash.mpd(presentation))


@pytest.mark.parametrize(
    ("name", "presentation", "base"),
    [
        ("ladder", LADDER, "v/3f9a/"),
        ("languages", LANGUAGES, ""),
        ("audio-only", AUDIO_ONLY, ""),
        ("video-only", VIDEO_ONLY, ""),
        ("systems", SYSTEMS, ""),
        ("cenc", CENC, ""),
    ],
)
def test_mpd(golden: Callable[[str, str], None], name: str, presentation: Presentation, base: str) -> None:
    golden(f"dash/{name}.mpd", dash.mpd(presentation, base))


def test_base_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not a relative folder"):
        dash.mpd(LADDER, "/v/")


def test_sets_are_linked_where_only_the_key_differs() -> None:
    links = [
        (group.get("id"), link.get("value"))
        for group in parse(SYSTEMS).findall(".//AdaptationSet", NS)
        for link in group.findall("SupplementalProperty", NS)
    ]
    assert links == [("1", "2"), ("2", "1")]


def test_aes_128_is_refused() -> None:
    with pytest.raises(PresentationError, match="aes-128 is for HLS alone"):
        dash.mpd(AES_128)


def test_a_licence_url_is_escaped() -> None:
    ways = (systems.clear_key(bytes(16), "/license?a=1&b=2"),)
    group = replace(ENGLISH, protection=Protection("cbcs", bytes(16), ways))
    found = parse(Presentation((group,))).findall(".//{https://dashif.org/CPS}Laurl")
    assert [element.text for element in found] == ["/license?a=1&b=2"]


def test_the_timeline_is_shared_when_all_tracks_have_it() -> None:
    root = parse(VIDEO_ONLY)
    runs = [s.attrib for s in root.findall(".//AdaptationSet/SegmentTemplate/SegmentTimeline/S", NS)]
    assert runs == [{"t": "0", "d": "96096", "r": "2"}, {"d": "37037"}]
    assert root.find(".//Representation/SegmentTemplate", NS) is None


def test_each_representation_has_its_own_timeline_when_they_differ() -> None:
    english = replace(ENGLISH, tracks=(audio("a"), replace(audio("b"), segments=(Segment(48_000, 1),))))
    [group] = parse(Presentation((english,))).findall(".//AdaptationSet", NS)
    assert group.get("segmentAlignment") == "false"
    assert group.find("SegmentTemplate", NS) is None
    timelines = group.findall("Representation/SegmentTemplate/SegmentTimeline", NS)
    assert [len(timeline) for timeline in timelines] == [3, 1]


def test_other_ticks_of_the_same_times_stay_aligned() -> None:
    double = replace(H264_720, timescale=48_000, segments=tuple(map(_doubled, H264_720.segments)))
    [group] = parse(Presentation((replace(H264, tracks=(H264_360, double)),))).findall(".//AdaptationSet", NS)
    assert group.get("segmentAlignment") == "true"
    templates = group.findall("Representation/SegmentTemplate", NS)
    assert [t.get("timescale") for t in templates] == ["24000", "48000"]


def _doubled(segment: Segment) -> Segment:
    return Segment(2 * segment.duration, segment.size)


def test_limits_are_those_of_the_largest_representation() -> None:
    wide = replace(AV1_720, path="video/wide", format=VideoFormat(1920, 800, Fraction(24)))
    tall = replace(AV1_720, path="video/tall", format=VideoFormat(720, 576, Fraction(25), Fraction(64, 45)))
    [group] = parse(Presentation((Group("video", "av1", (tall, wide)),))).findall(".//AdaptationSet", NS)
    limits = {name: group.get(name) for name in ("par", "maxWidth", "maxHeight", "maxFrameRate")}
    assert limits == {"par": "12:5", "maxWidth": "1920", "maxHeight": "800", "maxFrameRate": "25"}
    assert [r.get("sar") for r in group.findall("Representation", NS)] == ["64:45", "1:1"]


@pytest.mark.parametrize(("channels", "layout"), [(1, "1"), (2, "2"), (6, "6"), (7, "11"), (8, "12")])
def test_channel_layout(channels: int, layout: str) -> None:
    root = parse(Presentation((replace(ENGLISH, tracks=(audio("a", channels=channels),)),)))
    [descriptor] = root.findall(".//AudioChannelConfiguration", NS)
    assert descriptor.attrib == {
        "schemeIdUri": "urn:mpeg:mpegB:cicp:ChannelConfiguration",
        "value": layout,
    }


def test_channels_without_a_layout_are_refused() -> None:
    group = replace(ENGLISH, tracks=(audio("a", channels=9),))
    with pytest.raises(PresentationError, match="9 channels"):
        dash.mpd(Presentation((group,)))


@pytest.mark.parametrize("label", ['<Role/> & "x"', "]]>", "a > b", "Ümlaut ' ½"])
def test_a_label_is_escaped(label: str) -> None:
    root = parse(Presentation((replace(ENGLISH, label=label),)))
    assert [e.text for e in root.findall(".//AdaptationSet/Label", NS)] == [label]


def test_start_buffer_counts_gops_of_the_picture() -> None:
    # At 799 201 b/s, each GOP of the largest segment takes 200 000 bytes / 99 900 bytes/s.
    assert parse(VIDEO_ONLY).get("minBufferTime") == "PT2.002S"


def test_start_buffer_counts_segments_where_no_gop_is_known() -> None:
    # At 128 000 b/s, the largest segment takes 64 170 bytes / 16 000 bytes/s.
    assert parse(AUDIO_ONLY).get("minBufferTime") == "PT4.010625S"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(10), "PT10S"),
        (Fraction(600), "PT600S"),
        (Fraction(1001, 250), "PT4.004S"),
        (Fraction(1, 3), "PT0.333334S"),
        (Fraction(1, 10**9), "PT0.000001S"),
    ],
)
def test_durations_are_rounded_up_and_never_in_exponents(seconds: Fraction, text: str) -> None:
    assert xs_duration(seconds) == text


def test_a_node_has_no_other_attributes_than_its_kind() -> None:
    with pytest.raises(AttributeError, match="Period has no adaption_sets"):
        node(Period, adaption_sets=[])

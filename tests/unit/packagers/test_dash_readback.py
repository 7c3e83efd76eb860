from fractions import Fraction
from uuid import UUID

import pytest
from sample_presentations import KEYS, LADDER, SYSTEMS

from packagers import dash
from packagers.readback import ManifestError, MediaReference, ProtectionReference

MPD = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="" minBufferTime="PT2S">
  <BaseURL>v/3f9a/</BaseURL>
  <Period>
    <AdaptationSet>
      <SegmentTemplate timescale="1000" startNumber="7" initialization="$RepresentationID$/init.mp4"
        media="$RepresentationID$/seg-$Number%05d$.m4s">
        <SegmentTimeline><S t="0" d="4004" r="1"/><S d="1543"/></SegmentTimeline>
      </SegmentTemplate>
      <Representation id="video/a" bandwidth="1"/>
    </AdaptationSet>
  </Period>
</MPD>
"""


def test_timeline_and_template_are_expanded() -> None:
    [rendition] = dash.read_mpd(MPD, "titles/bunny/manifest.mpd")
    assert rendition.init == "titles/bunny/v/3f9a/video/a/init.mp4"
    assert rendition.segments == (
        MediaReference("titles/bunny/v/3f9a/video/a/seg-00007.m4s", Fraction(1001, 250)),
        MediaReference("titles/bunny/v/3f9a/video/a/seg-00008.m4s", Fraction(1001, 250)),
        MediaReference("titles/bunny/v/3f9a/video/a/seg-00009.m4s", Fraction(1543, 1000)),
    )


def test_all_representations_in_order() -> None:
    renditions = dash.read_mpd(dash.mpd(LADDER))
    assert [r.init for r in renditions] == [
        "video/h264-360/init.mp4",
        "video/h264-720/init.mp4",
        "video/av1-720/init.mp4",
        "audio/aac-en/init.mp4",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<?xml", "<!DOCTYPE MPD []><?xml", "not an MPD"),
        ("<MPD", "<Mpd", "not an MPD"),
        ("</MPD>", "", "not a well-formed MPD"),
        ('timescale="1000"', 'timescale="fast"', "not a well-formed MPD"),
        ('type="static"', 'type="dynamic"', "not a static MPD"),
        ("<Period>", "<Period/><Period>", "of one period"),
        ('<Representation id="video/a" bandwidth="1"/>', "", "no representation"),
        ("v/3f9a/", "https://example.com/", "does not name a file below"),
        ("v/3f9a/", "/v/", "does not name a file below"),
        ('"video/a"', '"../a"', "does not name a file below"),
        ("$Number%05d$", "$Time$", "does not name a file below"),
        ("$Number%05d$", "$Number%099999999d$", "does not name a file below"),
        ('media="', 'index="', "does not name a file below"),
        ('timescale="1000"', 'timescale="0"', "a gap, an overlap or an open end"),
        ('t="0"', 't="1"', "a gap, an overlap or an open end"),
        ('<S d="1543"/>', '<S t="8009" d="1543"/>', "a gap, an overlap or an open end"),
        ('d="1543"', 'd="0"', "a gap, an overlap or an open end"),
        ('r="1"', 'r="-1"', "a gap, an overlap or an open end"),
        ('r="1"', 'r="999999999"', "more than 500000 segments"),
        ('<S t="0" d="4004" r="1"/><S d="1543"/>', "", "without SegmentTimeline"),
    ],
)
def test_other_mpds_are_refused(old: str, new: str, message: str) -> None:
    assert old in MPD
    with pytest.raises(ManifestError, match=rf"manifest\.mpd: .*{message}"):
        dash.read_mpd(MPD.replace(old, new))


def test_protection_of_each_set() -> None:
    assert [r.protection for r in dash.read_mpd(dash.mpd(SYSTEMS))] == [
        ProtectionReference("cbcs", KEYS["sd"]),
        ProtectionReference("cbcs", KEYS["hd"]),
        ProtectionReference("cbcs", KEYS["hd"]),
        ProtectionReference("cbcs", KEYS["audio"]),
    ]


MP4_PROTECTION = (
    'ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" cenc:default_KID='
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('value="cbcs"', 'value="cens"', "does not say how it is encrypted"),
        ("mp4protection:2011", "mp4protection:2001", "does not say how it is encrypted"),
        ("<ContentProtection", f'<{MP4_PROTECTION}"{UUID(int=0)}"/><ContentProtection', "does not say how"),
        ("cenc:default_KID=", "default_KID=", "None is no key id"),
        (str(UUID(bytes=KEYS["sd"])), "key-1", "'key-1' is no key id"),
    ],
)
def test_other_protections_are_refused(old: str, new: str, message: str) -> None:
    text = dash.mpd(SYSTEMS)
    assert old in text
    with pytest.raises(ManifestError, match=rf"manifest\.mpd: .*{message}"):
        dash.read_mpd(text.replace(old, new, 1))


def test_representations_share_the_bound_on_segments() -> None:
    many = MPD.replace('r="1"', 'r="300000"').replace(
        "</AdaptationSet>", '<Representation id="video/b" bandwidth="1"/></AdaptationSet>'
    )
    with pytest.raises(ManifestError, match="more than 500000 segments"):
        dash.read_mpd(many)


def test_a_representation_needs_a_template() -> None:
    bare = MPD.replace(
        "</AdaptationSet>", '</AdaptationSet><AdaptationSet><Representation id="b"/></AdaptationSet>'
    )
    with pytest.raises(ManifestError, match="'b' has no SegmentTemplate"):
        dash.read_mpd(bare)


def test_a_file_is_never_opened() -> None:
    with pytest.raises(ManifestError, match="not an MPD"):
        dash.read_mpd("/etc/hostname")

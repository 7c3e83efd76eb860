from dataclasses import replace
from fractions import Fraction

import pytest
from sample_presentations import (
    AV1,
    ENGLISH,
    H264,
    H264_360,
    H264_720,
    KEYS,
    LADDER,
    SYSTEMS,
    audio,
    protected,
    protection,
)

from packagers.presentation import (
    AudioFormat,
    Group,
    Presentation,
    PresentationError,
    Segment,
    SyncPoint,
    Track,
    VideoFormat,
    round_half_up,
    segment_name,
)
from packagers.protection import Scheme

SOUND = AudioFormat(48_000, 2)


def sound(*segments: Segment, timescale: int = 1) -> Track:
    return Track("audio/a", "mp4a.40.2", timescale, SOUND, segments)


def test_times_are_exact() -> None:
    assert H264_720.duration == Fraction(325 * 1001, 24000)
    assert H264_720.starts == (0, Fraction(1001, 250), Fraction(2002, 250), Fraction(3003, 250))
    assert LADDER.duration == Fraction(636 * 1024, 48_000)


@pytest.mark.parametrize(
    ("ticks", "seconds"), [(44, 4), (45, 5), (4, 1), (1, 1)], ids=["down", "half up", "up", "at least 1"]
)
def test_target_duration_is_the_longest_segment_rounded(ticks: int, seconds: int) -> None:
    assert sound(Segment(1, 1), Segment(ticks, 1), timescale=10).target_duration == seconds


def test_target_duration_is_shared() -> None:
    long = Group("audio", "aac", (sound(Segment(6, 1)),))
    assert Presentation((H264, long)).target_duration == 6


def test_declared_peak_depends_on_the_shared_target() -> None:
    track = sound(Segment(2, 100), Segment(2, 300), Segment(1, 200))
    assert track.peak_bandwidth == 1600  # of 1 s, half of its own target of 2 s
    longer = replace(sound(Segment(4, 1)), path="audio/b")
    shared = Presentation((Group("audio", "aac", (track,)), Group("audio", "aac", (longer,))))
    assert shared.peak_bandwidth(track) == 1334  # of 3 s: 1 s is too short for a target of 4 s


def test_sync_points_of_all_segments() -> None:
    assert [p.duration // 1001 for p in H264_360.sync_points] == [48, 48, 48, 48, 48, 48, 37]
    assert audio("a").sync_points == ()


def test_kinds_and_tracks_in_order() -> None:
    assert LADDER.of_kind("video") == (H264, AV1)
    assert [t.name for t in LADDER.tracks] == ["h264-360", "h264-720", "av1-720", "aac-en"]


@pytest.mark.parametrize(
    ("label", "language", "title"),
    [("Deutsch", "de", "Deutsch"), (" \n", "de", "de"), ("", "und", "audio")],
)
def test_title_of_a_group(label: str, language: str, title: str) -> None:
    assert replace(ENGLISH, label=label, language=language).title == title


def test_aspect_counts_the_shape_of_samples() -> None:
    assert VideoFormat(720, 576, Fraction(25), sar=Fraction(64, 45)).aspect == Fraction(16, 9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "../x"}, "not a plain relative path"),
        ({"path": "https://example.com/x"}, "not a plain relative path"),
        ({"codecs": 'avc1",BANDWIDTH=1'}, "RFC 6381"),
        ({"timescale": 0}, "timescale"),
        ({"segments": ()}, "at least one segment"),
        ({"segments": (Segment(0, 1),)}, "positive duration"),
        ({"segments": (Segment(1, 0),)}, "positive duration"),
        ({"segments": (Segment(2, 9, (SyncPoint(0, 1, 1),)),)}, "segment 1 do not fill it"),
        ({"segments": (Segment(1, 9, (SyncPoint(0, 9, 1),)), Segment(1, 9))}, "segment 2 do not fill it"),
        ({"segments": (Segment(1, 9, (SyncPoint(4, 6, 1),)),)}, "runs out of its GOP"),
        ({"segments": (Segment(2, 9, (SyncPoint(0, 6, 1), SyncPoint(5, 1, 1))),)}, "runs out of its GOP"),
    ],
)
def test_tracks_that_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(PresentationError, match=message):
        replace(H264_360, **change)


@pytest.mark.parametrize("point", [(-1, 1, 1), (0, 0, 1), (0, 1, 0)])
def test_sync_points_that_are_refused(point: tuple[int, int, int]) -> None:
    with pytest.raises(PresentationError, match="no place in a segment"):
        SyncPoint(*point)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tracks": ()}, "has no track"),
        ({"codec": 'h264"'}, "codec family"),
        ({"language": "en\nX"}, "language tag"),
        ({"tracks": (audio("a"),)}, "not a track of a group of video"),
        ({"tracks": (H264_360, replace(H264_720, timescale=12000))}, "boundaries differ"),
        ({"tracks": (H264_360, replace(H264_720, segments=H264_720.segments[:-1]))}, "boundaries differ"),
    ],
)
def test_groups_that_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(PresentationError, match=message):
        replace(H264, **change)


def test_presentations_that_are_refused() -> None:
    with pytest.raises(PresentationError, match="at least one group"):
        Presentation(())
    with pytest.raises(PresentationError, match="share a folder"):
        Presentation((H264, H264))


def test_groups_that_differ_in_their_key_are_siblings() -> None:
    sd, hd, av1, english = SYSTEMS.groups
    assert SYSTEMS.key_siblings(sd) == (hd,)
    assert SYSTEMS.key_siblings(hd) == (sd,)
    assert SYSTEMS.key_siblings(av1) == ()
    assert SYSTEMS.key_siblings(english) == ()


def test_a_clear_group_is_a_sibling_of_a_protected_one() -> None:
    clear, key = replace(H264, tracks=(H264_360,)), protection("cbcs", KEYS["hd"])
    locked = replace(H264, tracks=(H264_720,), protection=key)
    assert Presentation((clear, locked)).key_siblings(clear) == (locked,)


def test_siblings_need_the_same_boundaries() -> None:
    parts = protected(Presentation((H264,)), "cbcs").groups
    shorter = replace(parts[1], tracks=(replace(H264_720, segments=H264_720.segments[:-1]),))
    with pytest.raises(PresentationError, match="h264-360 and video/h264-720: segment boundaries differ"):
        Presentation((parts[0], shorter))


@pytest.mark.parametrize(
    ("scheme", "clear_segments", "message"),
    [
        ("cbcs", 4, "video/h264-360: the clear lead leaves nothing to encrypt"),
        ("aes-128", 0, "video/h264-360: no part of an aes-128 segment can be read by itself"),
    ],
)
def test_protections_that_a_group_refuses(scheme: Scheme, clear_segments: int, message: str) -> None:
    with pytest.raises(PresentationError, match=message):
        replace(H264, protection=protection(scheme, KEYS["sd"], clear_segments))


def test_schemes_are_not_mixed() -> None:
    groups = (
        replace(H264, protection=protection("cbcs", KEYS["sd"])),
        replace(ENGLISH, protection=protection("cenc", KEYS["audio"])),
    )
    with pytest.raises(PresentationError, match="two protection schemes"):
        Presentation(groups)


def test_group_may_mix_timescales_of_the_same_times() -> None:
    double = tuple(Segment(2 * s.duration, s.size) for s in H264_720.segments)
    Group("video", "h264", (H264_360, replace(H264_720, timescale=48000, segments=double)))


def test_segment_names_count_from_one() -> None:
    assert segment_name(1) == "seg-00001.m4s"
    assert segment_name(100_000) == "seg-100000.m4s"


@pytest.mark.parametrize(("value", "expected"), [("3/2", 2), ("149/100", 1), ("5/2", 3), ("0", 0)])
def test_round_half_up(value: str, expected: int) -> None:
    assert round_half_up(Fraction(value)) == expected

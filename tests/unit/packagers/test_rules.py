from dataclasses import replace

import pytest
from sample_presentations import (
    AUDIO_ONLY,
    AV1,
    AV1_720,
    ENGLISH,
    GERMAN,
    H264,
    H264_360,
    H264_720,
    KEYS,
    SURROUND,
    audio,
    every_system,
    protected,
    protection,
    video,
    without_sync_points,
)

from packagers import rules, systems
from packagers.presentation import Group, Presentation, Segment, SyncPoint
from packagers.protection import Protection

SMALL = video("h264-90", "avc1.42c00c", 160, 90, (20_000, 22_000, 21_000, 9_000))
RUNGS = replace(H264, tracks=(SMALL, H264_360, H264_720))
GOOD = Presentation((RUNGS, AV1, ENGLISH, GERMAN))


def findings(presentation: Presentation) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.detail) for finding in rules.check(presentation)]


def test_a_good_title_breaks_no_rule() -> None:
    assert findings(GOOD) == []


def test_a_good_title_stays_good_with_a_key_for_each_class() -> None:
    assert findings(protected(GOOD, "cbcs")) == []


def test_sound_alone_breaks_no_rule() -> None:
    assert findings(AUDIO_ONLY) == []


QUIET_SURROUND = replace(SURROUND, tracks=(audio("ac3", "ac-3", 6),))
SHORT = replace(audio("short"), segments=audio("short").segments[:-1])
LATE = replace(audio("late"), segments=(*audio("late").segments[:-1], Segment(74 * 1024 + 2048, 1)))
LONG_SEGMENTS = replace(audio("long"), segments=(Segment(376 * 1024, 128_341), Segment(260 * 1024, 88_746)))
SHIFTED = replace(AV1_720, segments=(*AV1_720.segments[::-1],))
LONG_GOPS = replace(
    H264_360,
    segments=tuple(Segment(s.duration, s.size, (SyncPoint(0, 9, s.duration),)) for s in H264_360.segments),
)
SD_KEY = protection("cbcs", KEYS["sd"])
BOTH_WAYS = Protection("cbcs", KEYS["sd"], (*every_system(KEYS["sd"]), systems.identity("/keys/1")))
BURST = video("h264-240", "avc1.4d4015", 426, 240, (100_000, 900_000, 100_000, 40_000))


@pytest.mark.parametrize(
    ("presentation", "expected"),
    [
        pytest.param(
            Presentation((RUNGS, replace(ENGLISH, tracks=(SHORT,)))),
            [("same-duration", "audio/short lasts 12.011 s, video/h264-90 13.555 s")],
            id="sound ends early",
        ),
        pytest.param(
            Presentation((RUNGS, replace(ENGLISH, tracks=(LATE,)))),
            [("same-duration", "audio/late lasts 13.632 s, video/h264-90 13.555 s")],
            id="sound ends late",
        ),
        pytest.param(
            Presentation((RUNGS, replace(ENGLISH, tracks=(LONG_SEGMENTS,)))),
            [
                ("same-target-duration", "video/h264-90 has 4 s, the title 8 s"),
                ("same-target-duration", "video/h264-360 has 4 s, the title 8 s"),
                ("same-target-duration", "video/h264-720 has 4 s, the title 8 s"),
            ],
            id="sound in longer segments",
        ),
        pytest.param(
            Presentation((RUNGS, replace(AV1, tracks=(SHIFTED,)), ENGLISH)),
            [("aligned-segments", "those of video/av1-720 are not those of video/h264-90")],
            id="other boundaries",
        ),
        pytest.param(
            Presentation((replace(H264, tracks=(SMALL, LONG_GOPS)), ENGLISH)),
            [("key-frame-interval", "a GOP of video/h264-360 lasts 4.004 s")],
            id="long GOPs",
        ),
        pytest.param(
            Presentation((replace(H264, tracks=(SMALL, BURST)), ENGLISH)),
            [("steady-bitrate", "video/h264-240 peaks at 1798202 b/s over an average of 672805 b/s")],
            id="burst",
        ),
        pytest.param(
            Presentation((H264, ENGLISH)),
            [("cellular-variant", "the least takes 927201 b/s")],
            id="nothing for cellular networks",
        ),
        pytest.param(
            Presentation((replace(AV1, tracks=(replace(SMALL, codecs="av01.0.00M.08"),)), ENGLISH)),
            [("h264", "the picture is only in av1")],
            id="no H.264",
        ),
        pytest.param(
            Presentation((RUNGS, QUIET_SURROUND)),
            [("stereo-aac", "there is sound, but none that every device plays")],
            id="no stereo AAC",
        ),
        pytest.param(
            Presentation((replace(H264, tracks=(SMALL, without_sync_points(H264_360))), ENGLISH)),
            [("trick-play", "video/h264-360 has none")],
            id="no I-frames",
        ),
        pytest.param(
            Presentation((RUNGS, ENGLISH, GERMAN, QUIET_SURROUND)),
            [("audio-groups", "ac-3-6ch has not the languages and roles of aac-2ch")],
            id="a language in one codec only",
        ),
        pytest.param(
            protected(GOOD, "cenc"),
            [("apple-scheme", "cenc plays on none of their devices")],
            id="not for Apple",
        ),
        pytest.param(
            Presentation(
                (replace(RUNGS, protection=SD_KEY), AV1, replace(ENGLISH, protection=SD_KEY), GERMAN)
            ),
            [("key-of-sound", "audio/aac-en has that of video/h264-90")],
            id="one key for all",
        ),
        pytest.param(
            Presentation(
                (
                    replace(RUNGS, protection=SD_KEY),
                    replace(AV1, protection=replace(SD_KEY, systems=every_system(KEYS["sd"]))),
                    ENGLISH,
                )
            ),
            [("one-key-a-kid", f"video/av1-720 and video/h264-90 share {'5d' * 16} alone")],
            id="a key id twice",
        ),
        pytest.param(
            Presentation((replace(RUNGS, protection=BOTH_WAYS), ENGLISH)),
            [("identity-alone", "video/h264-90 has both")],
            id="a key server beside DRM",
        ),
        pytest.param(
            Presentation((RUNGS, Group("audio", "aac", (audio("a"),)))),
            [("language", "that of audio/a is unknown")],
            id="unknown language",
        ),
    ],
)
def test_breaches(presentation: Presentation, expected: list[tuple[str, str]]) -> None:
    assert findings(presentation) == expected


def test_mono_aac_is_enough_of_a_mono_master() -> None:
    mono = replace(ENGLISH, tracks=(audio("mono", channels=1),))
    assert findings(Presentation((RUNGS, mono))) == []


def test_rules_are_told_apart() -> None:
    ids = [rule.id for rule in rules.RULES]
    assert len(set(ids)) == len(ids)


def test_a_finding_says_what_where_and_how_to_fix() -> None:
    [finding] = rules.check(Presentation((H264, ENGLISH)))
    assert str(finding) == (
        "should: one variant fits 192 kb/s, for cellular networks (HLS authoring 9.21): "
        "the least takes 927201 b/s. Add a rung of about 145 kb/s"
    )

from dataclasses import replace

from sample_presentations import (
    AUDIO_ONLY,
    AV1,
    ENGLISH,
    GERMAN,
    H264,
    H264_360,
    H264_720,
    LADDER,
    LANGUAGES,
    SURROUND,
    SYSTEMS,
    VIDEO_ONLY,
    audio,
)

from packagers.hls.variants import audio_groups, variants
from packagers.presentation import Group, Presentation, Segment


def listed(presentation: Presentation) -> list[tuple[str, str | None]]:
    return [(v.track.name, v.audio and v.audio.id) for v in variants(presentation)]


def test_first_variant_is_near_2_mbit_of_the_preferred_codec() -> None:
    assert listed(LADDER) == [("h264-720", "aac-2ch"), ("h264-360", "aac-2ch"), ("av1-720", "aac-2ch")]
    assert listed(Presentation((AV1, H264, ENGLISH)))[0] == ("av1-720", "aac-2ch")


def test_first_variant_may_have_any_key_of_the_preferred_codec() -> None:
    assert listed(SYSTEMS) == listed(LADDER)
    sd, hd, av1, english = SYSTEMS.groups
    assert listed(Presentation((sd, av1, english, hd))) == listed(LADDER)


def test_first_variant_has_the_preferred_sound() -> None:
    assert listed(Presentation((H264, SURROUND, ENGLISH)))[0] == ("h264-720", "ac-3-6ch")
    assert listed(Presentation((H264, ENGLISH, SURROUND)))[0] == ("h264-720", "aac-2ch")


def test_every_video_track_goes_with_every_audio_group() -> None:
    assert listed(LANGUAGES) == [
        ("h264-720", "aac-2ch"),
        ("h264-360", "aac-2ch"),
        ("h264-360", "ac-3-6ch"),
        ("h264-720", "ac-3-6ch"),
    ]


def test_audio_groups_part_by_codec_and_channels_but_not_by_language() -> None:
    surround_aac = Group("audio", "aac", (audio("aac-en-6ch", channels=6),), language="en")
    groups = audio_groups(Presentation((ENGLISH, GERMAN, surround_aac, SURROUND)))
    assert [(g.id, [r.track.name for r in g.renditions]) for g in groups] == [
        ("aac-2ch", ["aac-en", "aac-de"]),
        ("aac-6ch", ["aac-en-6ch"]),
        ("ac-3-6ch", ["ac3-en"]),
    ]


def test_each_audio_bit_rate_is_a_group_of_its_own() -> None:
    english = replace(ENGLISH, tracks=(audio("en-high", rate=24_000), audio("en-low", rate=8_000)))
    german = replace(GERMAN, tracks=(audio("de-low", rate=9_000), audio("de-high", rate=25_000)))
    groups = audio_groups(Presentation((english, german)))
    assert [(g.id, [r.track.name for r in g.renditions]) for g in groups] == [
        ("aac-2ch", ["en-low", "de-low"]),
        ("aac-2ch-2", ["en-high", "de-high"]),
    ]
    assert listed(Presentation((english, german))) == [("en-high", "aac-2ch-2"), ("en-low", "aac-2ch")]


def test_the_default_rendition_is_the_first_main_one() -> None:
    [group] = audio_groups(Presentation((GERMAN, ENGLISH)))
    assert group.default.track.name == "aac-en"
    [group] = audio_groups(Presentation((GERMAN,)))
    assert group.default.track.name == "aac-de"


def test_bandwidth_adds_the_largest_sound_to_the_picture() -> None:
    loud = Group("audio", "aac", (audio("loud", rate=40_000),), language="fr")
    variant = variants(Presentation((Group("video", "h264", (H264_360,)), ENGLISH, loud)))[0]
    assert variant.bandwidth == 799_201 + 320_000  # 8 * 400 000 bytes / 4.004 s, rounded up
    assert (
        variant.average_bandwidth == 761_331 + 319_999
    )  # 8 * 1 290 000 bytes / 13.555 s, and whole bytes of sound


def test_bandwidth_without_picture_is_that_of_the_largest_rendition() -> None:
    loud = Group("audio", "aac", (audio("loud", rate=40_000),), language="fr")
    [variant] = variants(Presentation((ENGLISH, loud)))
    assert (variant.track.name, variant.bandwidth) == ("aac-en", 320_000)


def test_bandwidth_without_sound_is_that_of_the_picture() -> None:
    [variant] = variants(VIDEO_ONLY)
    assert (variant.track, variant.audio, variant.bandwidth) == (H264_360, None, 799_201)


def test_codecs_are_those_of_picture_and_of_all_its_sound() -> None:
    he_aac = Group("audio", "aac", (audio("he", "mp4a.40.5"),), language="fr")
    assert (
        variants(Presentation((H264, ENGLISH, GERMAN, he_aac)))[0].codecs == "avc1.64001f,mp4a.40.2,mp4a.40.5"
    )
    assert variants(AUDIO_ONLY)[0].codecs == "mp4a.40.2"


def test_variants_follow_by_bandwidth_not_by_size_of_picture() -> None:
    heavy = replace(H264_360, segments=tuple(Segment(s.duration, 9 * s.size) for s in H264_360.segments))
    presentation = Presentation((replace(H264, tracks=(heavy, H264_720)), AV1))
    assert [t for t, _ in listed(presentation)] == ["h264-720", "av1-720", "h264-360"]

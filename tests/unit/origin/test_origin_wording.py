"""Figures and summaries as the pages show them."""

from fractions import Fraction

import pytest

from pipeline.origin import describe, wording
from pipeline.origin.cards import AudioRendition, TitleCard, VideoRendition


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("avc1.640028", "H.264"),
        ("hvc1.2.4.L150.B0", "HEVC"),
        ("av01.0.08M.10", "AV1"),
        ("mp4a.40.2", "AAC"),
        ("ec-3", "Dolby Digital Plus"),
        ("vvc1.1", "vvc1"),
        ("", ""),
    ],
)
def test_codec_names(codec, name):
    assert wording.codec_name(codec) == name


@pytest.mark.parametrize(("name", "key"), [("H.264", "h264"), ("AV1", "av1"), ('x" onclick="', "other")])
def test_codec_classes(name, key):
    assert wording.codec_key(name) == key


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0 kb/s"),
        (145_400, "145 kb/s"),
        (999_499, "999 kb/s"),
        (1_000_000, "1.0 Mb/s"),
        (16_840_000, "16.8 Mb/s"),
    ],
)
def test_bit_rates(rate, text):
    assert wording.bit_rate(rate) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(24000, 1001), "23.976"),
        (Fraction(30000, 1001), "29.97"),
        (Fraction(25), "25"),
        (Fraction(100), "100"),
    ],
)
def test_frame_rates(rate, text):
    assert wording.frame_rate(rate) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(1, 3), "0:00"),
        (Fraction(62), "1:02"),
        (Fraction(119 * 2 + 1, 2), "2:00"),
        (Fraction(3725), "1:02:05"),
    ],
)
def test_clocks(seconds, text):
    assert wording.clock(seconds) == text


@pytest.mark.parametrize(
    ("size", "name"), [((1920, 1080), "1080p"), ((1080, 1920), "1080p"), ((800, 332), "332p")]
)
def test_size_names(size, name):
    assert wording.size_name(*size) == name


@pytest.mark.parametrize(("channels", "name"), [(1, "mono"), (2, "stereo"), (6, "5.1"), (3, "3 channels")])
def test_channel_layouts(channels, name):
    assert wording.channel_layout(channels) == name


def video(codec: str, height: int, peak: int) -> VideoRendition:
    return VideoRendition(f"{height}", codec, height * 16 // 9, height, Fraction(25), peak // 2, peak)


def title(video: tuple[VideoRendition, ...], *languages: str) -> TitleCard:
    audio = tuple(AudioRendition(tag, "mp4a.40.2", tag, 2, 1, 1) for tag in languages)
    return TitleCard("t", "T", "1", Fraction(1), None, video, audio)


LADDER = title(
    (video("av01.0", 2160, 9), video("avc1.1", 360, 1), video("avc1.2", 1080, 5)), "en", "fr", "en"
)


def test_ladders_go_up_and_begin_with_the_cheapest_codec():
    assert [(ladder.codec, [rung.name for rung in ladder.rungs]) for ladder in describe.ladders(LADDER)] == [
        ("H.264", ["360", "1080"]),
        ("AV1", ["2160"]),
    ]


def test_bars_are_as_high_as_the_rungs_have_lines():
    assert [(bar.codec, bar.height) for bar in describe.bars(LADDER)] == [
        ("H.264", 6),
        ("H.264", 12),
        ("AV1", 20),
    ]


def test_summaries():
    assert describe.summary(LADDER) == "2160p, 3 rungs"
    assert describe.summary(title((video("avc1", 360, 1),))) == "360p, 1 rung"
    assert describe.summary(title((), "en", "fr")) == "2 audio renditions"


def test_languages_are_named_once():
    assert describe.languages(LADDER) == ["en", "fr"]

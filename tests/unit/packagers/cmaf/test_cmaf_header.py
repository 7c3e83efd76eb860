"""What the header says of language, shape and profile."""

from dataclasses import replace
from fractions import Fraction

import pytest
from encoder_output import AAC_LC, AVC1, BT709, HIGH_4_0, MP4A

from packagers.cmaf import CmafError
from packagers.cmaf.entry import audio_entry, video_entry
from packagers.cmaf.header import CmafTrack, movie
from packagers.cmaf.language import track_language
from packagers.cmaf.profile import audio_brands, video_brands
from packagers.mp4.decoder_config import Av1Configuration
from packagers.mp4.descriptor import ElementaryStream
from packagers.mp4.movie import MovieExtendsHeader
from packagers.mp4.sample_entry import ColourInformation, PixelAspectRatio, VisualSampleEntry
from packagers.mp4.track import ExtendedLanguage, MediaHeader, TrackHeader


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("und", ("und", "")),
        ("en", ("eng", "")),
        ("eng", ("eng", "")),
        ("de", ("deu", "")),
        ("ger", ("deu", "")),
        ("en-GB", ("eng", "en-GB")),
        ("zh-Hant", ("zho", "zh-Hant")),
        ("cmn", ("cmn", "")),
    ],
)
def test_a_tag_is_three_letters_and_the_rest(tag: str, expected: tuple[str, str]) -> None:
    assert track_language(tag) == expected


def test_what_is_no_tag_is_refused() -> None:
    with pytest.raises(CmafError, match="'not a tag' is not a BCP 47 language tag"):
        track_language("not a tag")


def test_a_plain_language_needs_no_second_box() -> None:
    box = movie(CmafTrack(AVC1, 25000, 1, language="fr"))
    assert box.one("trak/mdia/mdhd", MediaHeader).language == "fra"
    assert list(box.find("trak/mdia/elng", ExtendedLanguage)) == []


def test_the_display_size_has_square_pixels() -> None:
    header = movie(CmafTrack(AVC1, 25000, 1)).one("trak/tkhd", TrackHeader)
    assert (header.width, header.height) == (427, 180)


def test_a_duration_that_needs_64_bits_gets_them() -> None:
    box = movie(CmafTrack(AVC1, 25000, 1 << 32)).one("mvex/mehd", MovieExtendsHeader)
    assert (box.version, box.fragment_duration) == (1, 1 << 32)


def test_pixels_are_square_when_the_encoder_does_not_say() -> None:
    entry = video_entry(replace(AVC1, children=(HIGH_4_0, BT709)))
    assert entry.children == (HIGH_4_0, BT709, PixelAspectRatio(h_spacing=1, v_spacing=1))


def test_an_entry_of_the_other_kind_is_refused() -> None:
    with pytest.raises(CmafError, match="the sample entry is mp4a, not of video"):
        video_entry(MP4A)
    with pytest.raises(CmafError, match="the sample entry is avc1, not of audio"):
        audio_entry(AVC1, 48000)


def test_the_stream_of_a_file_has_no_id() -> None:
    (config,) = audio_entry(MP4A, 48000).children
    assert ElementaryStream.parse(AAC_LC.descriptor).es_id == 1
    assert ElementaryStream.parse(config.descriptor).es_id == 0  # type: ignore[attr-defined]


def avc(level: int = 40, **changes: int) -> VisualSampleEntry:
    return replace(AVC1, children=(replace(HIGH_4_0, level=level), BT709), **changes)


BT601 = ColourInformation(code_points=(6, 6, 6), full_range=0, reserved=0)
AV1C = Av1Configuration(seq_profile=0, seq_level_idx_0=8)


@pytest.mark.parametrize(
    ("entry", "rate", "brands"),
    [
        (avc(), 25, ("cfhd", "chdf")),
        (avc(42, width=1920, height=1080), 60, ("chdf",)),
        (avc(50), 25, ()),
        (avc(width=1922), 25, ()),
        (avc(height=1088), 25, ()),
        (avc(), 120, ()),
        (replace(AVC1, children=(replace(HIGH_4_0, profile=77), BT709)), 25, ()),
        (replace(AVC1, children=(HIGH_4_0, BT601)), 25, ()),
        (replace(AVC1, type="av01", children=(AV1C, BT601)), 120, ("av01",)),
        (replace(AVC1, type="hvc1", children=(BT709,)), 25, ()),
    ],
)
def test_video_brands(entry: VisualSampleEntry, rate: int, brands: tuple[str, ...]) -> None:
    assert video_brands(entry, Fraction(rate)) == brands


def test_audio_brands() -> None:
    assert audio_brands(MP4A) == ("caac",)
    assert audio_brands(replace(MP4A, channel_count=6)) == ()
    assert audio_brands(replace(MP4A, sample_rate=Fraction(96000))) == ()
    assert audio_brands(replace(MP4A, children=())) == ()
    xhe = ElementaryStream(object_type=0x40, config=bytes.fromhex("f94000"))
    assert audio_brands(replace(MP4A, children=(replace(AAC_LC, descriptor=xhe.to_bytes()),))) == ()

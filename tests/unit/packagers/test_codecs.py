"""Codec strings, against the examples that the specifications and real encoders give."""

import pytest

from packagers.codecs import audio_object_type, codec_string
from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Box, Parent
from packagers.mp4.parse import parse
from packagers.mp4.protection import OriginalFormat
from packagers.mp4.sample_entry import AudioSampleEntry, ColourInformation, VisualSampleEntry


def box(type_: str, payload: str) -> Box:
    data = bytes.fromhex(payload)
    (parsed,) = parse((len(data) + 8).to_bytes(4, "big") + type_.encode() + data)
    return parsed


def video(entry: str, *children: Box) -> str:
    return codec_string(VisualSampleEntry(type=entry, width=320, height=180, children=children))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("0164 00 28 ffe1000167010001 68", "avc1.640028"),
        ("0142 c0 1e ffe1000167010001 68", "avc1.42C01E"),  # RFC 6381 3.3 has avc1.42E01E
        ("014d 40 1f ffe1000167010001 68", "avc1.4D401F"),
    ],
)
def test_avc(payload: str, expected: str) -> None:
    assert video("avc1", box("avcC", payload)) == expected


HVCC_REST = "f000fcfdf8f800000f00"
"""From min_spatial_segmentation_idc to the number of arrays of parameter sets, which is 0."""


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("01 02 20000000 b00000000000 99", "hvc1.2.4.L153.B0"),
        ("01 01 60000000 900000000000 5d", "hvc1.1.6.L93.90"),
        ("01 64 82000000 b02300000000 78", "hvc1.A4.41.H120.B0.23"),
        ("01 01 60000000 000000000000 5d", "hvc1.1.6.L93"),
        ("01 04 08000000 9d0800000000 7b", "hvc1.4.10.L123.9D.8"),
    ],
)
def test_hevc(payload: str, expected: str) -> None:
    assert video("hvc1", box("hvcC", payload + HVCC_REST)) == expected


def nclx(primaries: int, transfer: int, matrix: int, full_range: int = 0) -> ColourInformation:
    return ColourInformation(code_points=(primaries, transfer, matrix), full_range=full_range, reserved=0)


@pytest.mark.parametrize(
    ("payload", "colour", "expected"),
    [
        # The examples of section 5 of the AV1 binding.
        ("81 04 4e 00", nclx(9, 16, 9), "av01.0.04M.10.0.112.09.16.09.0"),
        ("81 01 0c 00", nclx(1, 1, 1), "av01.0.01M.08"),
        # Everything else by its rules: defaults without colr, tier, 12 bits, monochrome, other subsampling.
        ("81 08 0c 00", None, "av01.0.08M.08"),
        ("81 08 0d 00", None, "av01.0.08M.08.0.111.01.01.01.0"),
        ("81 08 0c 00", nclx(1, 1, 1, 1), "av01.0.08M.08.0.110.01.01.01.1"),
        ("81 08 0c 00", nclx(6, 6, 6), "av01.0.08M.08.0.110.06.06.06.0"),
        ("81 2d 83 00", None, "av01.1.13H.08.0.000.01.01.01.0"),
        ("81 4d e8 00", None, "av01.2.13H.12.0.100.01.01.01.0"),
        ("81 08 1c 00", None, "av01.0.08M.08.1.110.01.01.01.0"),
        ("81 08 0c 00", ColourInformation(colour_type="prof"), "av01.0.08M.08"),
    ],
)
def test_av1(payload: str, colour: ColourInformation | None, expected: str) -> None:
    assert video("av01", box("av1C", payload), *([colour] if colour else [])) == expected


def audio(object_type: str, config: str) -> str:
    length = len(bytes.fromhex(config))
    decoder = f"{object_type} 15 000000 00000000 00000000 05 {length:02x} {config}"
    size = len(bytes.fromhex(decoder))
    stream = f"03 {size + 8:02x} 0000 00 04 {size:02x} {decoder} 06 01 02"
    entry = AudioSampleEntry(
        channel_count=2, sample_rate=48000, children=(box("esds", f"00000000 {stream}"),)
    )
    return codec_string(entry)


@pytest.mark.parametrize(
    ("object_type", "config", "expected"),
    [
        ("40", "1190", "mp4a.40.2"),
        ("40", "2b11 8800", "mp4a.40.5"),
        ("40", "eb11 8800", "mp4a.40.29"),
        ("40", "f8e8 50", "mp4a.40.39"),
        ("6b", "00", "mp4a.6B"),
    ],
)
def test_mpeg4_audio(object_type: str, config: str, expected: str) -> None:
    assert audio(object_type, config) == expected


@pytest.mark.parametrize(
    ("type_", "config", "payload"),
    [
        ("ac-3", "dac3", "101140"),
        ("ec-3", "dec3", "0600200400"),
        ("Opus", "dOps", "0002 0138 0000bb80 0000 00"),
        ("fLaC", "dfLa", "00000000 80000000"),
    ],
)
def test_other_audio_has_the_name_of_its_entry(type_: str, config: str, payload: str) -> None:
    entry = AudioSampleEntry(type=type_, channel_count=2, sample_rate=48000, children=(box(config, payload),))
    assert codec_string(entry) == type_


def test_protection_leaves_the_string_as_it_was() -> None:
    information = Parent(type="sinf", children=(OriginalFormat(data_format="avc1"),))
    assert video("encv", box("avcC", "0164 00 28 ffe1000167010001 68"), information) == "avc1.640028"


def test_a_configuration_cut_short_is_refused() -> None:
    with pytest.raises(Mp4Error, match="AudioSpecificConfig at byte 1: needs 1 more bytes and has 0"):
        audio_object_type(b"\xf8")


def test_an_entry_without_a_known_configuration_is_refused() -> None:
    with pytest.raises(Mp4Error, match="vp09: no decoder configuration"):
        video("vp09", nclx(1, 1, 1))

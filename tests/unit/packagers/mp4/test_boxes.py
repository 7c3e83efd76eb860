"""Each box both ways: the bytes are literal, from the standard's syntax or as ffmpeg writes them."""

import re
from fractions import Fraction

import pytest

from packagers.mp4.box import Box, Opaque, Parent, SizeForm
from packagers.mp4.brand import FileType
from packagers.mp4.decoder_config import (
    Ac3Configuration,
    Av1Configuration,
    AvcConfiguration,
    Eac3Configuration,
    ElementaryStreamDescriptor,
    FlacConfiguration,
    HevcConfiguration,
    OpusConfiguration,
)
from packagers.mp4.edit import EDITS, EditList
from packagers.mp4.fragment import (
    SAMPLES,
    MovieFragmentHeader,
    TrackFragmentDecodeTime,
    TrackFragmentHeader,
    TrackRun,
)
from packagers.mp4.index import REFERENCES, MovieFragmentRandomAccessOffset, SegmentIndex
from packagers.mp4.movie import MovieExtendsHeader, MovieHeader, TrackExtends
from packagers.mp4.parse import parse
from packagers.mp4.protection import (
    INFO_OFFSETS,
    INFO_SIZES,
    OriginalFormat,
    ProtectionSystemHeader,
    SampleAuxiliaryOffsets,
    SampleAuxiliarySizes,
    SampleEncryption,
    SchemeType,
    TrackEncryption,
)
from packagers.mp4.registry import ALIASES, BOXES, CONTAINERS, DECLARATIONS
from packagers.mp4.sample_entry import (
    AudioSampleEntry,
    BitRate,
    ColourInformation,
    PixelAspectRatio,
    VisualSampleEntry,
)
from packagers.mp4.sample_group import GROUPS, SampleGroupDescription, SampleToGroup
from packagers.mp4.sample_table import (
    CHUNKS,
    LARGE_PLACES,
    OFFSETS,
    PLACES,
    SIZES,
    SYNCS,
    TIMES,
    ChunkLargeOffset,
    ChunkOffset,
    CompositionOffset,
    SampleDescription,
    SampleSize,
    SampleToChunk,
    SyncSample,
    TimeToSample,
)
from packagers.mp4.track import (
    DataEntryUrl,
    DataReference,
    ExtendedLanguage,
    Handler,
    MediaHeader,
    SoundMediaHeader,
    TrackHeader,
    VideoMediaHeader,
)

KID = "00112233445566778899aabbccddeeff"
IDENTITY = "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000"

CASES: list[tuple[Box, str]] = [
    (
        FileType(major_brand="iso6", minor_version=512, compatible_brands=("iso6", "mp41")),
        "00000018 66747970 69736f36 00000200 69736f36 6d703431",
    ),
    (
        FileType(type="styp", major_brand="msdh", compatible_brands=("msdh", "cmfs")),
        "00000018 73747970 6d736468 00000000 6d736468 636d6673",
    ),
    (
        MovieHeader(timescale=1000, next_track_id=2),
        "0000006c 6d766864 00000000 00000000 00000000 000003e8 00000000 00010000 0100"
        + "0000 0000000000000000"
        + IDENTITY
        + "00" * 24
        + "00000002",
    ),
    (
        MovieHeader(version=1, creation_time=1 << 32, timescale=600, duration=2, next_track_id=7),
        "00000078 6d766864 01000000 0000000100000000 0000000000000000 00000258 0000000000000002 00010000 0100"
        + "0000 0000000000000000"
        + IDENTITY
        + "00" * 24
        + "00000007",
    ),
    (MovieExtendsHeader(fragment_duration=242242), "00000010 6d656864 00000000 0003b242"),
    (
        MovieExtendsHeader(version=1, fragment_duration=1 << 33),
        "00000014 6d656864 01000000 0000000200000000",
    ),
    (
        TrackExtends(track_id=1),
        "00000020 74726578 00000000 00000001 00000001 00000000 00000000 00000000",
    ),
    (
        TrackHeader(track_id=1, flags=3, width=Fraction(320), height=Fraction(361, 2)),
        "0000005c 746b6864 00000003 00000000 00000000 00000001 00000000 00000000 0000000000000000"
        + "0000 0000 0000 0000"
        + IDENTITY
        + "01400000 00b48000",
    ),
    (
        TrackHeader(track_id=2, flags=3, alternate_group=1, volume=Fraction(1)),
        "0000005c 746b6864 00000003 00000000 00000000 00000002 00000000 00000000 0000000000000000"
        + "0000 0001 0100 0000"
        + IDENTITY
        + "00000000 00000000",
    ),
    (
        MediaHeader(timescale=25000),
        "00000020 6d646864 00000000 00000000 00000000 000061a8 00000000 55c4 0000",
    ),
    (
        MediaHeader(version=1, timescale=48000, duration=9, language="eng"),
        "0000002c 6d646864 01000000 0000000000000000 0000000000000000 0000bb80 0000000000000009 15c7 0000",
    ),
    (
        Handler(handler_type="vide", name=b"VideoHandler\0"),
        "0000002d 68646c72 00000000 00000000 76696465 000000000000000000000000 566964656f48616e646c657200",
    ),
    (
        ExtendedLanguage(extended_language="en-GB"),
        "00000012 656c6e67 00000000 656e2d474200",
    ),
    (VideoMediaHeader(), "00000014 766d6864 00000001 0000 0000 0000 0000"),
    (SoundMediaHeader(), "00000010 736d6864 00000000 0000 0000"),
    (
        DataReference(children=(DataEntryUrl(),)),
        "0000001c 64726566 00000000 00000001 0000000c 75726c20 00000001",
    ),
    (
        DataEntryUrl(flags=0, location="a.mp4"),
        "00000012 75726c20 00000000 612e6d703400",
    ),
    (
        EditList(
            entries=EDITS.table(
                segment_duration=[0], media_time=[1024], media_rate=[1], media_rate_fraction=[0]
            )
        ),
        "0000001c 656c7374 00000000 00000001 00000000 00000400 0001 0000",
    ),
    (
        EditList(
            version=1,
            entries=EDITS.table(
                version=1, segment_duration=[5], media_time=[-1], media_rate=[1], media_rate_fraction=[0]
            ),
        ),
        "00000024 656c7374 01000000 00000001 0000000000000005 ffffffffffffffff 0001 0000",
    ),
    (
        SampleDescription(children=(Opaque(type="text", data=b"\1"),)),
        "00000019 73747364 00000000 00000001 00000009 74657874 01",
    ),
    (
        TimeToSample(entries=TIMES.table(sample_count=[3, 1], sample_delta=[1001, 1000])),
        "00000020 73747473 00000000 00000002 00000003 000003e9 00000001 000003e8",
    ),
    (
        CompositionOffset(
            version=1, entries=OFFSETS.table(version=1, sample_count=[1], sample_offset=[-1001])
        ),
        "00000018 63747473 01000000 00000001 00000001 fffffc17",
    ),
    (
        SampleToChunk(
            entries=CHUNKS.table(first_chunk=[1], samples_per_chunk=[5], sample_description_index=[1])
        ),
        "0000001c 73747363 00000000 00000001 00000001 00000005 00000001",
    ),
    (
        SampleSize(sample_count=2, entries=SIZES.table(entry_size=[4481, 1889])),
        "0000001c 7374737a 00000000 00000000 00000002 00001181 00000761",
    ),
    (
        SampleSize(sample_size=144, sample_count=4, entries=None),
        "00000014 7374737a 00000000 00000090 00000004",
    ),
    (
        ChunkOffset(entries=PLACES.table(chunk_offset=[2710])),
        "00000014 7374636f 00000000 00000001 00000a96",
    ),
    (
        ChunkLargeOffset(entries=LARGE_PLACES.table(chunk_offset=[1 << 32])),
        "00000018 636f3634 00000000 00000001 0000000100000000",
    ),
    (
        SyncSample(entries=SYNCS.table(sample_number=[1, 49])),
        "00000018 73747373 00000000 00000002 00000001 00000031",
    ),
    (
        VisualSampleEntry(width=320, height=180, children=(PixelAspectRatio(h_spacing=4, v_spacing=3),)),
        "00000066 61766331 000000000000 0001 00000000000000000000000000000000 0140 00b4 00480000 00480000"
        + "00000000 0001"
        + "00" * 32
        + "0018 ffff 00000010 70617370 00000004 00000003",
    ),
    (
        AudioSampleEntry(channel_count=2, sample_rate=Fraction(48000)),
        "00000024 6d703461 000000000000 0001 0000000000000000 0002 0010 00000000 bb800000",
    ),
    (
        ColourInformation(code_points=(9, 16, 9), full_range=0, reserved=0),
        "00000013 636f6c72 6e636c78 0009 0010 0009 00",
    ),
    (
        ColourInformation(code_points=(1, 1, 1), full_range=1, reserved=0),
        "00000013 636f6c72 6e636c78 0001 0001 0001 80",
    ),
    (
        ColourInformation(colour_type="prof", profile=b"\xca\xfe"),
        "0000000e 636f6c72 70726f66 cafe",
    ),
    (
        PixelAspectRatio(h_spacing=1, v_spacing=1),
        "00000010 70617370 00000001 00000001",
    ),
    (
        BitRate(buffer_size=250000, max_bitrate=1000000, avg_bitrate=0),
        "00000014 62747274 0003d090 000f4240 00000000",
    ),
    (
        AvcConfiguration(
            profile=100,
            profile_compatibility=0,
            level=40,
            parameter_sets=bytes.fromhex("e1 0001 67 01 0001 68"),
        ),
        "00000015 61766343 01640028 ff e1 0001 67 01 0001 68",
    ),
    (
        HevcConfiguration(
            general_profile_idc=2,
            general_profile_compatibility_flags=0x20000000,
            general_constraint_indicator_flags=bytes.fromhex("b00000000000"),
            general_level_idc=153,
            bit_depth_luma_minus8=2,
            bit_depth_chroma_minus8=2,
            parameter_sets=bytes.fromhex("01 a1 0001 0002 4201"),
        ),
        "00000026 68766343 01 02 20000000 b00000000000 99 f000fcfdfafa00000f01 a1 0001 0002 4201",
    ),
    (
        Av1Configuration(seq_profile=0, seq_level_idx_0=8, high_bitdepth=1, config_obus=b"\x0a\x0b"),
        "0000000e 61763143 81 08 4c 00 0a0b",
    ),
    (
        ElementaryStreamDescriptor(descriptor=b"\3\0"),
        "0000000e 65736473 00000000 0300",
    ),
    (Ac3Configuration(acmod=2, bit_rate_code=10), "0000000b 64616333 101140"),
    (
        Eac3Configuration(data_rate=192, substreams=bytes.fromhex("200400")),
        "0000000d 64656333 0600 200400",
    ),
    (
        OpusConfiguration(output_channel_count=2, pre_skip=312, input_sample_rate=48000),
        "00000013 644f7073 00 02 0138 0000bb80 0000 00",
    ),
    (FlacConfiguration(metadata_blocks=b"\x80\0\0\0"), "00000010 64664c61 00000000 80000000"),
    (
        SampleGroupDescription(grouping_type="roll", default_length=2, descriptions=b"\xff\xff"),
        "0000001a 73677064 01000000 726f6c6c 00000002 00000001 ffff",
    ),
    (
        SampleGroupDescription(
            version=2,
            grouping_type="roll",
            default_description_index=1,
            description_count=0,
            descriptions=b"",
        ),
        "00000018 73677064 02000000 726f6c6c 00000001 00000000",
    ),
    (
        SampleToGroup(
            grouping_type="seig", groups=GROUPS.table(sample_count=[9], group_description_index=[0x10001])
        ),
        "0000001c 73626770 00000000 73656967 00000001 00000009 00010001",
    ),
    (
        SampleToGroup(version=1, grouping_type="seig", grouping_type_parameter=5),
        "00000018 73626770 01000000 73656967 00000005 00000000",
    ),
    (MovieFragmentHeader(sequence_number=1), "00000010 6d666864 00000000 00000001"),
    (
        TrackFragmentHeader(
            flags=0x20000,
            track_id=1,
            default_sample_duration=1001,
            default_sample_size=4481,
            default_sample_flags=0x1010000,
        ),
        "0000001c 74666864 00020038 00000001 000003e9 00001181 01010000",
    ),
    (
        TrackFragmentHeader(track_id=1, base_data_offset=8, sample_description_index=1),
        "0000001c 74666864 00000003 00000001 0000000000000008 00000001",
    ),
    (
        TrackFragmentDecodeTime(base_media_decode_time=48048),
        "00000014 74666474 01000000 000000000000bbb0",
    ),
    (
        TrackFragmentDecodeTime(version=0, base_media_decode_time=48048),
        "00000010 74666474 00000000 0000bbb0",
    ),
    (
        TrackRun(
            version=1,
            sample_count=2,
            data_offset=496,
            first_sample_flags=0x2000000,
            samples=SAMPLES.table(
                version=1, sample_size=[4481, 1889], sample_composition_time_offset=[2002, -1001]
            ),
        ),
        "00000028 7472756e 01000a05 00000002 000001f0 02000000 00001181 000007d2 00000761 fffffc17",
    ),
    (
        TrackRun(
            sample_count=1,
            samples=SAMPLES.table(sample_duration=[1024], sample_size=[286], sample_flags=[0x2000000]),
        ),
        "0000001c 7472756e 00000700 00000001 00000400 0000011e 02000000",
    ),
    (TrackRun(sample_count=9), "00000010 7472756e 00000000 00000009"),
    (
        SegmentIndex(
            reference_id=1,
            timescale=25000,
            earliest_presentation_time=0,
            references=REFERENCES.table(type_and_size=[123477], duration=[100000], sap=[0x90000000]),
        ),
        "0000002c 73696478 00000000 00000001 000061a8 00000000 00000000 0000 0001 0001e255 000186a0 90000000",
    ),
    (MovieFragmentRandomAccessOffset(parent_size=86), "00000010 6d66726f 00000000 00000056"),
    (OriginalFormat(data_format="avc1"), "0000000c 66726d61 61766331"),
    (SchemeType(scheme_type="cbcs"), "00000014 7363686d 00000000 63626373 00010000"),
    (
        SchemeType(scheme_type="cenc", scheme_uri="a:b"),
        "00000018 7363686d 00000001 63656e63 00010000 613a6200",
    ),
    (
        TrackEncryption(per_sample_iv_size=8, kid=bytes.fromhex(KID)),
        "00000020 74656e63 00000000 00 00 01 08" + KID,
    ),
    (
        TrackEncryption(
            version=1,
            crypt_byte_block=1,
            skip_byte_block=9,
            per_sample_iv_size=0,
            kid=bytes.fromhex(KID),
            constant_iv=b"\xcd" * 16,
        ),
        "00000031 74656e63 01000000 00 19 01 00" + KID + "10" + "cd" * 16,
    ),
    (
        TrackEncryption(is_protected=0, per_sample_iv_size=0, kid=bytes(16)),
        "00000020 74656e63 00000000 00 00 00 00" + "00" * 16,
    ),
    (
        SampleEncryption(flags=2, sample_count=1, entries=bytes.fromhex("0001 0005 00000010")),
        "00000018 73656e63 00000002 00000001 0001 0005 00000010",
    ),
    (
        SampleAuxiliarySizes(default_sample_info_size=8, sample_count=189),
        "00000011 7361697a 00000000 08 000000bd",
    ),
    (
        SampleAuxiliarySizes(
            info_type=b"cenc" + bytes(4), sample_count=2, sizes=INFO_SIZES.table(sample_info_size=[22, 16])
        ),
        "0000001b 7361697a 00000001 63656e63 00000000 00 00000002 16 10",
    ),
    (
        SampleAuxiliaryOffsets(offsets=INFO_OFFSETS.table(offset=[1445])),
        "00000014 7361696f 00000000 00000001 000005a5",
    ),
    (
        SampleAuxiliaryOffsets(version=1, offsets=INFO_OFFSETS.table(version=1, offset=[1 << 32])),
        "00000018 7361696f 01000000 00000001 0000000100000000",
    ),
    (
        ProtectionSystemHeader(system_id=bytes.fromhex(KID), data=b"\x08\x01"),
        "00000022 70737368 00000000" + KID + "00000002 0801",
    ),
    (
        ProtectionSystemHeader(version=1, system_id=bytes(16), kids=(bytes.fromhex(KID),)),
        "00000034 70737368 01000000" + "00" * 16 + "00000001" + KID + "00000000",
    ),
    (
        Parent(type="moof", children=(Opaque(type="abcd", data=b"\xff"), Parent(type="traf"))),
        "00000019 6d6f6f66 00000009 61626364 ff 00000008 74726166",
    ),
    (Opaque(type="free", data=b"\0\0"), "0000000a 66726565 0000"),
    (Opaque(type="\xa9nam", size_form=SizeForm.LARGE), "00000001 a96e616d 0000000000000010"),
    (Opaque(type="mdat", size_form=SizeForm.TO_END, data=b"\1\2"), "00000000 6d646174 0102"),
]  # fmt: skip

IDS = [f"{number}-{box.type.strip()}" for number, (box, _) in enumerate(CASES)]


@pytest.mark.parametrize(("box", "text"), CASES, ids=IDS)
def test_a_box_is_written_as_these_bytes(box: Box, text: str) -> None:
    assert box.to_bytes().hex() == bytes.fromhex(text).hex()


@pytest.mark.parametrize(("box", "text"), CASES, ids=IDS)
def test_these_bytes_are_read_as_the_box(box: Box, text: str) -> None:
    assert parse(bytes.fromhex(text)) == (box,)


def test_every_declared_box_has_a_case() -> None:
    assert set(BOXES) - {box.type for box, _ in CASES} - set(CONTAINERS) == set()


def test_every_declaration_cites_its_clause() -> None:
    bindings = r"AV1 Codec ISO Media File Format Binding|Encapsulation of \w+ in ISOBMFF"
    documents = rf"ISO/IEC \d+-\d+|ETSI TS \d+ \d+|{bindings}"
    clause = re.compile(rf"({documents}) (F\.)?\d")
    assert [kind for kind in DECLARATIONS if not clause.search(kind.__doc__ or "")] == []


def test_an_alias_is_read_like_its_model_and_keeps_its_type() -> None:
    data = bytearray(VisualSampleEntry(width=1, height=2).to_bytes())
    data[4:8] = b"hev1"
    (box,) = parse(bytes(data))
    assert box == VisualSampleEntry(type="hev1", width=1, height=2)
    assert ALIASES["hev1"] == "avc1"

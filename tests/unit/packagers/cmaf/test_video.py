"""Chunks made by hand, packaged: literal times, bytes and refusals."""

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from encoder_output import AVC1, BT709, HIGH_4_0, encoded_video, opener

from packagers.cmaf import CmafError, MediaSegment, Rendition, VideoPlan, package_video
from packagers.mp4.box import Box, Opaque, Parent
from packagers.mp4.dump import dump
from packagers.mp4.edit import EditList
from packagers.mp4.fragment import MovieFragmentHeader, TrackFragmentDecodeTime, TrackRun
from packagers.mp4.parse import parse
from packagers.mp4.sample_entry import PixelAspectRatio
from packagers.presentation import Segment, SyncPoint, VideoFormat

# 20 frames: two chunks, three segments, five GOPs.
PLAN = VideoPlan(
    frame_rate=Fraction(25),
    timescale=25000,
    total_frames=20,
    idr_frames=(0, 4, 8, 12, 15),
    segment_starts=(0, 8, 12),
    chunk_starts=(0, 12),
)
FIRST = encoded_video((0, 3, 1, 2), (4, 7, 5, 6), (8, 9, 10, 11))
SECOND = encoded_video((0, 2, 1), (3, 7, 5, 4, 6))


def rendition(*chunks: bytes, plan: VideoPlan = PLAN) -> Rendition:
    return package_video(plan, [opener(chunk) for chunk in chunks or (FIRST, SECOND)])


def text(data: bytes) -> str:
    return "".join(f"{line}\n" for line in dump(io.BytesIO(data)))


def boxes(segment: MediaSegment) -> list[Box]:
    return list(parse(segment.to_bytes()))


def test_the_header(golden: Callable[[str, str], None]) -> None:
    golden("mp4/video-init.txt", text(rendition().header))


def test_a_segment(golden: Callable[[str, str], None]) -> None:
    golden("mp4/video-segment.txt", text(next(iter(rendition().segments())).to_bytes()))


def test_the_encoder_leaves_no_trace() -> None:
    assert b"Lavc" in FIRST
    assert b"Lav" not in rendition().header


def test_what_a_manifest_needs() -> None:
    packaged = rendition()
    assert packaged.codecs == "avc1.640028"
    assert packaged.timescale == 25000
    assert packaged.format == VideoFormat(320, 180, Fraction(25), Fraction(4, 3))


def test_segments_are_measured() -> None:
    assert [segment.info for segment in rendition().segments()] == [
        Segment(8000, 336, (SyncPoint(24, 147, 4000), SyncPoint(180, 147, 4000))),
        Segment(4000, 182, (SyncPoint(24, 147, 4000),)),
        Segment(8000, 336, (SyncPoint(24, 139, 3000), SyncPoint(169, 155, 5000))),
    ]


def test_sizes_and_sync_points_are_places_in_the_bytes() -> None:
    for segment in rendition().segments():
        data = segment.to_bytes()
        assert len(data) == segment.info.size
        for sync in segment.info.sync_points:
            assert data[sync.offset + 4 : sync.offset + 8] == b"moof"
            picture = data[sync.offset : sync.offset + sync.size]
            assert picture[picture.index(b"mdat") + 4 :].endswith(b">")
            assert picture.count(b"<") == 1


def test_media_data_are_those_of_the_frames_in_decode_order() -> None:
    media = [[box.data for box in boxes(s) if isinstance(box, Opaque)] for s in rendition().segments()]
    assert media == [
        [b"<0><3><1><2>", b"<4><7><5><6>"],
        [b"<8><9><10><11>"],
        [b"<0><2><1>", b"<3><7><5><4><6>"],
    ]


def fragments(packaged: Rendition) -> list[Parent]:
    return [box for s in packaged.segments() for box in boxes(s) if isinstance(box, Parent)]


def test_times_and_numbers_continue_over_chunk_borders() -> None:
    moofs = fragments(rendition())
    assert [moof.one("mfhd", MovieFragmentHeader).sequence_number for moof in moofs] == [1, 2, 3, 4, 5]
    times = [moof.one("traf/tfdt", TrackFragmentDecodeTime).base_media_decode_time for moof in moofs]
    assert times == [0, 4000, 8000, 12000, 15000]


def test_composition_offsets_are_unsigned_and_an_edit_list_takes_their_delay_back() -> None:
    runs = [moof.one("traf/trun", TrackRun).samples for moof in fragments(rendition())]
    name = "sample_composition_time_offset"
    assert [run[name].tolist() if name in run else None for run in runs] == [
        [2000, 4000, 1000, 1000],
        [2000, 4000, 1000, 1000],
        [2000, 2000, 2000, 2000],
        [2000, 3000, 1000],
        [2000, 5000, 2000, 0, 1000],
    ]
    movie = parse(rendition().header)[1]
    assert isinstance(movie, Parent)
    assert movie.one("trak/edts/elst", EditList).entries["media_time"].tolist() == [2000]


def test_pictures_in_decode_order_need_neither_offsets_nor_an_edit_list() -> None:
    first = encoded_video((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11))
    in_order = rendition(first, encoded_video((0, 1, 2), (3, 4, 5, 6, 7)))
    name = "sample_composition_time_offset"
    assert [name in moof.one("traf/trun", TrackRun).samples for moof in fragments(in_order)] == [False] * 5
    assert b"elst" not in in_order.header
    assert b"cmf2" in in_order.header


def test_another_timescale_of_the_encoder_does_not_matter() -> None:
    finer = encoded_video((0, 2, 1), (3, 7, 5, 4, 6), ticks=3600, timescale=90000)
    assert [s.parts for s in rendition(FIRST, finer).segments()] == [s.parts for s in rendition().segments()]


def test_an_encoder_that_delays_presentation_and_says_so_does_not_matter() -> None:
    delayed = encoded_video((0, 2, 1), (3, 7, 5, 4, 6), delay=2)
    assert [s.parts for s in rendition(FIRST, delayed).segments()] == [
        s.parts for s in rendition().segments()
    ]


def test_parts_are_what_the_whole_is_made_of() -> None:
    announced = encoded_video((0, 3, 1, 2), (4, 7, 5, 6), (8, 9, 10, 11), delay=2)
    whole = rendition(announced, SECOND)
    first = package_video(PLAN, [opener(announced)], part=range(1))
    second = package_video(PLAN, [opener(SECOND)], part=range(1, 2))
    assert (first.first, second.first) == (1, 3)
    assert first.header == second.header == whole.header
    parts = [*first.segments(), *second.segments()]
    assert [segment.to_bytes() for segment in parts] == [segment.to_bytes() for segment in whole.segments()]


def test_a_part_that_needs_no_delay_has_the_one_that_its_encoder_announces() -> None:
    """So that its header is that of the other parts."""
    still = encoded_video((0, 1, 2), (3, 4, 5, 6, 7), delay=2)
    part = package_video(PLAN, [opener(still)], part=range(1, 2))
    assert part.header == rendition().header
    (moof, _) = fragments(part)
    offsets = moof.one("traf/trun", TrackRun).samples["sample_composition_time_offset"]
    assert offsets.tolist() == [2000, 2000, 2000]


def test_chunks_of_a_part_are_blamed_by_their_number() -> None:
    with pytest.raises(CmafError, match=r"^chunk 1 \(frames 12 to 19\): expected 8 frames"):
        package_video(PLAN, [opener(FIRST)], part=range(1, 2))
    with pytest.raises(CmafError, match="expected 1 chunks, found 2"):
        package_video(PLAN, [opener(FIRST), opener(SECOND)], part=range(1, 2))


def test_segments_can_be_written_again() -> None:
    packaged = rendition()
    assert list(packaged.segments()) == list(packaged.segments())


REFUSED = {
    "a frame missing": (
        encoded_video((0, 2, 1), (3, 6, 5, 4)),
        "expected 8 frames from frame 12 on, found 7",
    ),
    "a frame too many": (
        encoded_video((0, 2, 1), (3, 7, 5, 4, 6, 8)),
        "expected 8 frames from frame 12 on, found 9",
    ),
    "an IDR elsewhere": (
        encoded_video((0, 1, 2, 3), (4, 7, 5, 6)),
        "expected a sync sample at frame 15, found none",
    ),
    "an IDR too many": (
        encoded_video((0, 2, 1), (3, 5, 4), (6, 7)),
        "expected no sync sample at frame 18, found one",
    ),
    "an open GOP": (
        encoded_video((0, 1, 3), (2, 7, 5, 4, 6)),
        "expected frame 14 in the GOP of frame 12, found frame 15 instead",
    ),
    "a frame shown twice": (
        encoded_video((0, 2, 1), (3, 7, 5, 5, 6)),
        "expected frame 16 in the GOP of frame 15, found frame 17 instead",
    ),
    "a start that is not 0": (
        encoded_video((1, 3, 2), (4, 8, 6, 5, 7)),
        "expected frame 12 in the GOP of frame 12, found frame 13 instead",
    ),
    "another frame rate": (
        encoded_video((0, 2, 1), (3, 7, 5, 4, 6), ticks=1001, timescale=24000),
        "expected presentation times of whole frames at 25 a second, found 2002/24000 s at sample 1",
    ),
    "no colour": (
        encoded_video((0, 2, 1), (3, 7, 5, 4, 6), entry=replace(AVC1, children=(HIGH_4_0,))),
        "the encoder states no colour: give it primaries, transfer and matrix (H.273)",
    ),
    "a file cut short": (SECOND[:-1], "file at byte 723: box mdat has size 23, of 8 to 22 possible"),
}


@pytest.mark.parametrize(("chunk", "message"), REFUSED.values(), ids=REFUSED)
def test_a_chunk_that_breaks_the_plan_is_refused(chunk: bytes, message: str) -> None:
    with pytest.raises(CmafError) as caught:
        rendition(FIRST, chunk)
    assert str(caught.value) == f"chunk 1 (frames 12 to 19): {message}"


def test_another_decoder_configuration_is_refused() -> None:
    main = replace(AVC1, children=(replace(HIGH_4_0, profile=77), BT709))
    with pytest.raises(CmafError) as caught:
        rendition(FIRST, encoded_video((0, 2, 1), (3, 7, 5, 4, 6), entry=main))
    assert str(caught.value) == (
        "chunk 1: expected avcC 01640028ffe100016701000168 as in chunk 0, "
        "found avcC 014d0028ffe100016701000168"
    )


def test_another_size_is_refused() -> None:
    small = encoded_video((0, 2, 1), (3, 7, 5, 4, 6), entry=replace(AVC1, height=176))
    with pytest.raises(CmafError) as caught:
        rendition(FIRST, small)
    assert str(caught.value) == (
        "chunk 1: expected the sample entry of chunk 0 (avc1 of 320x180), found another (avc1 of 320x176)"
    )


@pytest.mark.parametrize(
    ("children", "message"),
    [
        ((BT709,), "header: avc1: no decoder configuration that a codec string can be made of"),
        (
            (HIGH_4_0, BT709, PixelAspectRatio(h_spacing=1 << 31, v_spacing=1)),
            "header: tkhd width: 45035996273704960 does not fit 32 bits",
        ),
    ],
)
def test_an_entry_that_no_header_can_be_made_of_is_refused(children: tuple[Box, ...], message: str) -> None:
    entry = replace(AVC1, children=children)
    chunks = encoded_video((0, 1), entry=entry), encoded_video((0,), entry=entry)
    plan = VideoPlan(Fraction(25), 25000, 3, (0, 2), (0, 2), (0, 2))
    with pytest.raises(CmafError) as caught:
        rendition(*chunks, plan=plan)
    assert str(caught.value) == message


def test_other_notes_of_the_encoder_are_no_other_configuration() -> None:
    silent = replace(AVC1, compressor_name=bytes(32), children=AVC1.children[:-1])
    assert rendition(FIRST, encoded_video((0, 2, 1), (3, 7, 5, 4, 6), entry=silent)).header


def test_another_number_of_chunks_is_refused() -> None:
    with pytest.raises(CmafError, match="expected 2 chunks, found 1"):
        rendition(FIRST)

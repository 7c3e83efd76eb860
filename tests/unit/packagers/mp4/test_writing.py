"""A value that does not fit is refused, and flags follow what is given."""

import pytest

from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Box, Opaque
from packagers.mp4.brand import FileType
from packagers.mp4.decoder_config import HevcConfiguration
from packagers.mp4.edit import EDITS
from packagers.mp4.fragment import SAMPLES, MovieFragmentHeader, TrackFragmentHeader, TrackRun
from packagers.mp4.movie import MovieHeader
from packagers.mp4.sample_entry import ColourInformation
from packagers.mp4.sample_table import TIMES, TimeToSample
from packagers.mp4.track import MediaHeader, TrackHeader

REFUSED: list[tuple[Box, str]] = [
    (MovieFragmentHeader(sequence_number=1 << 32), "mfhd sequence_number: 4294967296 does not fit 32 bits"),
    (MovieFragmentHeader(sequence_number=-1), "mfhd sequence_number: -1 does not fit 32 bits"),
    (
        MovieHeader(timescale=1, next_track_id=1, matrix=(1, 2)),
        "mvhd matrix: 2 values given where 9 are due",
    ),
    (TrackHeader(track_id=1, layer=1 << 15), "tkhd layer: 32768 does not fit 16 bits"),
    (MediaHeader(timescale=1, language="en"), "mdhd language: 'en' is not a three-letter language code"),
    (FileType(major_brand="iso"), "ftyp major_brand: 'iso' is not a four-character code"),
    (
        HevcConfiguration(
            general_profile_idc=1,
            general_profile_compatibility_flags=0,
            general_constraint_indicator_flags=b"\0",
            general_level_idc=1,
            parameter_sets=b"\0",
        ),
        "hvcC general_constraint_indicator_flags: 1 bytes given where 6 are due",
    ),
    (ColourInformation(), "colr code_points: must be given exactly when the fields before it ask for it"),
    (
        TrackRun(sample_count=2, samples=SAMPLES.table(sample_size=[1])),
        "trun samples: 1 rows given where sample_count says otherwise",
    ),
    (Opaque(type="toolong"), "'toolong' is not a box type"),
]


@pytest.mark.parametrize(("box", "message"), REFUSED, ids=[box.type for box, _ in REFUSED])
def test_a_value_that_does_not_fit_is_refused(box: Box, message: str) -> None:
    with pytest.raises(Mp4Error) as caught:
        box.to_bytes()
    assert str(caught.value) == message


def test_a_table_of_another_box_is_refused() -> None:
    with pytest.raises(
        Mp4Error, match=r"stts entries: a table of .*sample_size.* where one of .*sample_delta"
    ):
        TimeToSample(entries=SAMPLES.table(sample_size=[1])).to_bytes()


def test_a_number_that_does_not_fit_its_column_is_refused() -> None:
    with pytest.raises(Mp4Error, match="sample_delta: a number does not fit >u4"):
        TIMES.table(sample_count=[1], sample_delta=[-1])


def test_a_table_without_one_of_its_columns_is_refused() -> None:
    with pytest.raises(Mp4Error, match=r"columns \['media_time'\] given where .* are due"):
        EDITS.table(media_time=[1])


def test_a_column_is_a_read_only_view() -> None:
    column = SAMPLES.table(sample_size=[7, 8])["sample_size"]
    assert column.tolist() == [7, 8]
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 1


def test_flags_of_optional_fields_follow_the_fields() -> None:
    header = TrackFragmentHeader(flags=0x20000 | 0x10, track_id=1, default_sample_duration=1)
    assert header.flags == 0x20008
    run = TrackRun(sample_count=1, data_offset=8, samples=SAMPLES.table(sample_size=[1]))
    assert run.flags == 0x201


def test_the_size_is_that_of_the_bytes() -> None:
    assert MovieFragmentHeader(sequence_number=1).size == 16

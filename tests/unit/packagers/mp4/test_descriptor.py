import pytest

from packagers.mp4.bits import Mp4Error
from packagers.mp4.descriptor import ElementaryStream, descriptor

# As ffmpeg writes it: lengths in four bytes, ES_ID of the track.
FFMPEG = bytes.fromhex(
    "03 80808025 0001 00 04 80808017 40 15 000000 0001f400 0001f400 05 80808005 119056e500 06 80808001 02"
)
COMPACT = bytes.fromhex("03 1c 0000 00 04 14 40 15 000000 0001f400 0001f400 05 05 119056e500 06 01 02")
STREAM = ElementaryStream(
    object_type=0x40, config=bytes.fromhex("119056e500"), max_bitrate=128000, avg_bitrate=128000
)


def test_an_encoders_descriptor_is_read() -> None:
    stream = ElementaryStream.parse(FFMPEG)
    assert stream.es_id == 1
    assert (stream.object_type, stream.config, stream.stream_type) == (0x40, STREAM.config, 5)
    assert (stream.buffer_size, stream.max_bitrate, stream.avg_bitrate) == (0, 128000, 128000)


def test_it_is_written_without_padding_of_lengths() -> None:
    assert STREAM.to_bytes().hex() == COMPACT.hex()
    assert ElementaryStream.parse(COMPACT) == STREAM


@pytest.mark.parametrize(
    ("size", "length"), [(0, "00"), (127, "7f"), (128, "8100"), (16384, "818000"), (2097152, "81808000")]
)
def test_lengths_take_as_many_bytes_as_they_need(size: int, length: str) -> None:
    assert descriptor(5, bytes(size))[:5].hex().startswith("05" + length)


def test_a_body_that_no_length_can_state_is_refused() -> None:
    class Huge(bytes):
        def __len__(self) -> int:
            return 1 << 28

    with pytest.raises(Mp4Error, match="a descriptor of 268435456 bytes is too long"):
        descriptor(5, Huge())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("0400", "esds at byte 1: descriptor 4 where 3 is due"),
        ("0305 000100", "esds at byte 2: needs 5 more bytes and has 3"),
        ("03ffffffffff", "esds at byte 5: a descriptor length of more than four bytes"),
        (
            "0303 0001 40",
            "esds/descriptor 3 at byte 5: the stream depends on another, on a URL or on a clock",
        ),
    ],
)
def test_a_broken_descriptor_is_refused(data: str, message: str) -> None:
    with pytest.raises(Mp4Error) as caught:
        ElementaryStream.parse(bytes.fromhex(data))
    assert str(caught.value) == message

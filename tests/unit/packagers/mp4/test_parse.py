"""Input is not trusted: what breaks the format is refused in one sentence that says where."""

import io
import struct

import pytest

from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Damaged, Opaque, Parent, SizeForm
from packagers.mp4.fragment import MovieFragmentHeader
from packagers.mp4.parse import MAX_BOX_BYTES, MAX_BOXES, MAX_DEPTH, Header, parse, read_box, scan
from packagers.mp4.track import MediaHeader


def box(type_: bytes, payload: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I4s", len(payload) + 8 if size is None else size, type_) + payload


BROKEN = {
    "a header cut short": (b"\0\0\0", "file at byte 0: needs 4 more bytes and has 3"),
    "a size below its header": (
        box(b"free", size=7),
        "file at byte 8: box free has size 7, of 8 to 8 possible",
    ),
    "a child past its parent": (
        box(b"moov", box(b"trak", size=9)),
        "moov at byte 16: box trak has size 9, of 8 to 8 possible",
    ),
    "a child to the end of the file": (
        box(b"moov", box(b"trak", size=0)),
        "moov at byte 16: box trak inside another has size 0",
    ),
    "a 64-bit size past the file": (
        b"\0\0\0\1mdat" + (1 << 60).to_bytes(8, "big"),
        "file at byte 16: box mdat has size 1152921504606846976, of 16 to 16 possible",
    ),
    "a field cut short": (
        box(b"moof", box(b"mfhd", bytes(7))),
        "moof/mfhd at byte 20: needs 4 more bytes and has 3",
    ),
    "bytes after the last field": (
        box(b"moof", box(b"mfhd", bytes(9))),
        "moof/mfhd at byte 24: 1 bytes are left after the last field",
    ),
    "more rows than bytes": (
        box(b"stts", bytes(4) + b"\xff\xff\xff\xff" + bytes(8)),
        "stts at byte 16: needs 34359738360 more bytes and has 8",
    ),
    "another number of entries than it says": (
        box(b"stsd", bytes(4) + b"\0\0\0\2" + box(b"text")),
        "stsd at byte 24: entry_count is 2 but there are 1 entries",
    ),
    "a name that is not text": (
        box(b"moov", box(b"\xa9\0\n!", size=9)),
        "moov at byte 16: box \\xa9\\x00\\n! has size 9, of 8 to 8 possible",
    ),
    "text without an end": (
        box(b"elng", bytes(4) + b"en"),
        "elng at byte 12: text without a zero byte at its end",
    ),
}


@pytest.mark.parametrize(("data", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_bytes_are_refused_with_path_and_offset(data: bytes, message: str) -> None:
    with pytest.raises(Mp4Error) as caught:
        parse(data)
    assert str(caught.value) == message


def test_offsets_in_messages_count_from_the_start_of_the_file() -> None:
    with pytest.raises(Mp4Error, match="moof/mfhd at byte 1020: needs 4 more bytes"):
        parse(box(b"moof", box(b"mfhd", bytes(7))), offset=1000)


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = box(b"moov", data)
    return data


def test_depth_is_limited() -> None:
    assert parse(nested(MAX_DEPTH + 1))
    with pytest.raises(Mp4Error, match=r"nested deeper than 16 or more of them than 10000"):
        parse(nested(MAX_DEPTH + 2))


def test_the_number_of_boxes_is_limited() -> None:
    assert len(parse(box(b"free") * MAX_BOXES)) == MAX_BOXES
    with pytest.raises(Mp4Error, match=r"more of them than 10000"):
        parse(box(b"free") * (MAX_BOXES + 1))


def test_a_lenient_parse_keeps_the_damaged_box_and_goes_on() -> None:
    data = box(b"moov", box(b"mfhd", b"\1\2") + box(b"free", b"\3"))
    (movie,) = parse(data, strict=False)
    assert isinstance(movie, Parent)
    assert movie.children == (Damaged(type="mfhd", data=b"\1\2"), Opaque(type="free", data=b"\3"))
    assert movie.to_bytes() == data


def test_a_lenient_parse_keeps_bytes_that_are_no_box() -> None:
    data = box(b"moov", box(b"free") + bytes(4)) + box(b"free")
    movie, free = parse(data, strict=False)
    assert isinstance(movie, Parent)
    assert movie.children == (Opaque(type="free"), Damaged(type="", data=bytes(4)))
    assert movie.to_bytes() + free.to_bytes() == data


def test_scan_finds_top_level_boxes_without_their_payload() -> None:
    large = b"\0\0\0\1mdat" + (20).to_bytes(8, "big") + b"abcd"
    file = io.BytesIO(box(b"ftyp", b"xxxx") + large + box(b"mdat", b"to the end", size=0))
    assert list(scan(file)) == [
        Header("ftyp", 0, 8, 12, SizeForm.COMPACT),
        Header("mdat", 12, 16, 20, SizeForm.LARGE),
        Header("mdat", 32, 8, 18, SizeForm.TO_END),
    ]


def test_scan_yields_what_comes_before_a_broken_header() -> None:
    headers = scan(io.BytesIO(box(b"free") + box(b"mdat", size=100)))
    assert next(headers).type == "free"
    with pytest.raises(Mp4Error, match="byte 16: box mdat has size 100, of 8 to 8 possible"):
        next(headers)


def test_read_box_reads_the_box_of_a_header() -> None:
    file = io.BytesIO(box(b"free") + box(b"mfhd", bytes(7) + b"\5"))
    _, head = scan(file)
    assert read_box(file, head) == MovieFragmentHeader(sequence_number=5)


def test_read_box_refuses_what_memory_should_not_hold() -> None:
    head = Header("moov", 0, 8, MAX_BOX_BYTES + 1, SizeForm.COMPACT)
    with pytest.raises(Mp4Error, match="moov at byte 0: 67108865 bytes are more than 67108864"):
        read_box(io.BytesIO(), head)


def test_find_follows_a_path_and_a_kind() -> None:
    header = MediaHeader(timescale=1)
    media = Parent(type="mdia", children=(Opaque(type="free"), header))
    track = Parent(type="trak", children=(media, media))
    assert list(track.find("mdia/mdhd", MediaHeader)) == [header, header]
    assert list(track.find("mdia/free", MediaHeader)) == []
    assert media.one("mdhd", MediaHeader) is header


@pytest.mark.parametrize(("path", "count"), [("mdia/mdhd", 2), ("mdia/elng", 0)])
def test_one_refuses_none_and_many(path: str, count: int) -> None:
    media = Parent(type="mdia", children=(MediaHeader(timescale=1),))
    with pytest.raises(Mp4Error, match=f"trak has {count} boxes {path} where one is due"):
        Parent(type="trak", children=(media, media)).one(path, MediaHeader)

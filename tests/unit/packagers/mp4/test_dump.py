import io
import struct
from collections.abc import Callable

import pytest

from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Opaque, Parent, header
from packagers.mp4.brand import FileType
from packagers.mp4.dump import dump
from packagers.mp4.fragment import SAMPLES, MovieFragmentHeader, TrackFragmentHeader, TrackRun
from packagers.mp4.parse import MAX_BOX_BYTES
from packagers.mp4.track import Handler, TrackHeader


def text(*parts: bytes) -> str:
    return "".join(f"{line}\n" for line in dump(io.BytesIO(b"".join(parts))))


def test_one_line_a_box(golden: Callable[[str, str], None]) -> None:
    run = TrackRun(
        sample_count=20, samples=SAMPLES.table(sample_size=range(100, 120), sample_duration=[5] * 20)
    )
    children = (
        MovieFragmentHeader(sequence_number=7),
        Parent(
            type="traf", children=(TrackFragmentHeader(track_id=1), run, Opaque(type="uuid", data=bytes(40)))
        ),
        TrackRun(sample_count=0),
        Handler(handler_type="\xa9\0\n!"),
        TrackHeader(track_id=1),
    )
    file = FileType(major_brand="iso6", compatible_brands=("iso6", "cmfc")).to_bytes()
    broken = struct.pack(">I4s", 24, b"moov") + struct.pack(">I4sQ", 16, b"trex", 1)
    golden(
        "mp4/dump.txt",
        text(file, Parent(type="moof", children=children).to_bytes(), broken, b"\0\0\0\0mdat..."),
    )


def test_media_data_are_not_read() -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size == 16
            return super().read(size)

    data = Unread(header("mdat", 5000) + bytes(5000))
    assert list(dump(data)) == ["        0      5008 mdat"]


def test_a_box_that_memory_should_not_hold_is_one_line() -> None:
    class Sparse(io.BytesIO):
        """A file of zeros behind the header of a `moov`."""

        size = MAX_BOX_BYTES + 1

        def seek(self, offset: int, whence: int = 0) -> int:
            return self.size if whence == io.SEEK_END else super().seek(offset)

    file = Sparse(header("moov", Sparse.size - 8))
    assert list(dump(file)) == ["        0  67108865 moov"]


def test_a_file_cut_short_is_shown_up_to_the_cut() -> None:
    lines = dump(io.BytesIO(header("free", 0) + header("mdat", 100)))
    assert next(lines) == "        0         8 free data=0x"
    with pytest.raises(Mp4Error, match="box mdat has size 108, of 8 to 8 possible"):
        next(lines)

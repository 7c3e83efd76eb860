"""Whatever the boxes, they survive; whatever the bytes, nothing but `Mp4Error` comes of them."""

import io
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from mp4_boxes import files

from packagers.mp4.bits import Mp4Error
from packagers.mp4.box import Box, Opaque
from packagers.mp4.dump import dump
from packagers.mp4.parse import parse, scan


def written(boxes: tuple[Box, ...]) -> bytes:
    return b"".join(box.to_bytes() for box in boxes)


@given(files)
def test_boxes_survive_writing_and_reading(boxes: tuple[Box, ...]) -> None:
    data = written(boxes)
    assert parse(data) == boxes
    assert written(parse(data)) == data


@given(files)
def test_offsets_and_sizes_of_the_dump_are_those_of_the_file(boxes: tuple[Box, ...]) -> None:
    data = written(boxes)
    for line in dump(io.BytesIO(data)):
        offset, size = (int(word) for word in line.split()[:2])
        assert int.from_bytes(data[offset : offset + 4], "big") in (1, size)
        assert offset + size <= len(data)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Bytes of boxes with some overwritten and the end cut off: close to right, which is where bugs are."""
    data = bytearray(written(draw(files.filter(bool))))
    for at in draw(st.lists(st.integers(0, len(data) - 1), max_size=5)):
        data[at] = draw(st.sampled_from([0, 1, 8, 0x7F, 0xFF]) | st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)) | st.just(len(data)))])


@given(mutated() | st.binary(max_size=200))
def test_bytes_are_boxes_or_an_mp4_error(data: bytes) -> None:
    try:
        boxes = parse(data)
    except Mp4Error:
        return
    assert written(boxes) == data


@given(mutated() | st.binary(max_size=200))
def test_a_lenient_parse_never_fails_and_loses_no_byte(data: bytes) -> None:
    assert written(parse(data, strict=False)) == data


@given(mutated() | st.binary(max_size=200))
def test_a_dump_shows_or_refuses_any_bytes(data: bytes) -> None:
    try:
        lines = list(dump(io.BytesIO(data)))
    except Mp4Error:
        return
    assert len(lines) >= len(list(scan(io.BytesIO(data))))
    assert all(line.isprintable() for line in lines)


@given(mutated() | st.binary(max_size=200))
def test_memory_is_bounded_by_the_input(data: bytes) -> None:
    tracemalloc.start()
    try:
        parse(data, strict=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000 + 100 * len(data)


@given(st.text(st.characters(max_codepoint=255), min_size=4, max_size=4), st.binary(max_size=40))
def test_an_unknown_box_survives_byte_for_byte(code: str, payload: bytes) -> None:
    data = (len(payload) + 8).to_bytes(4, "big") + code.encode("latin-1") + payload
    (box,) = parse(data, strict=False)
    assert box.to_bytes() == data
    if type(box) is Opaque:
        assert box.data == payload

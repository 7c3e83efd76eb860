"""Slice headers, written field by field, are measured to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from protected_media import AVCC, IDR_HEADER, P_HEADER

from packagers.cenc.avc_parameter_sets import PictureParameters, SequenceParameters, picture_parameters
from packagers.cenc.avc_slice_header import SliceHeaders
from packagers.cenc.bitstring import BitString, escaped_size, unescape

FIELDS = SequenceParameters(
    chroma_array_type=1,
    separate_colour_planes=False,
    frame_num_bits=4,
    poc_type=0,
    poc_lsb_bits=6,
    delta_pic_order_always_zero=False,
    frame_mbs_only=False,
)
RICH = PictureParameters(
    sequence=FIELDS,
    cabac=True,
    field_order_present=True,
    references=(3, 1),
    weighted_prediction=True,
    weighted_biprediction=1,
    deblocking_control=True,
    redundant_pictures=True,
)


def header_size(unit: bytes, pictures: dict[int, PictureParameters]) -> int:
    sizes = np.array([len(unit)])
    (found,) = SliceHeaders(pictures).sizes(memoryview(unit), np.zeros(1, np.int64), sizes)
    return found


def ue(number: int) -> str:
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def se(number: int) -> str:
    return ue(2 * number - 1 if number > 0 else -2 * number)


def nal(kind: int, bits: str) -> bytes:
    """A NAL unit whose slice data are ones."""
    bits += "1" * (-len(bits) % 8)
    return bytes([0x60 | kind]) + int(bits, 2).to_bytes(len(bits) // 8, "big") + b"\xff" * 80


def weights(luma: bool, chroma: bool) -> str:
    return f"{luma:b}" + (se(5) + se(-2)) * luma + f"{chroma:b}" + (se(1) + se(0) + se(-1) + se(7)) * chroma


START = ue(0) + "{kind}" + ue(0) + "0011"
END = se(-3) + ue(0) + se(1) + se(-1)

HEADERS = {
    "I, IDR frame": (5, [START.format(kind=ue(7)), "0", ue(9), "000001", se(-4), ue(0), "00", END]),
    "P, field, own reference count, one list changed, weights": (
        1,
        [
            *(START.format(kind=ue(5)), "11", "000001", ue(0)),
            *("1", ue(1), "1", ue(0), ue(4), ue(2), ue(1), ue(3)),
            *(ue(2), ue(1), weights(True, False), weights(False, True)),
            *("0", ue(2), END),
        ],
    ),
    "B, frame, weights for both lists, five kinds of marking": (
        1,
        [
            *(START.format(kind=ue(1)), "0", "000001", se(2), ue(1), "1"),
            *("0", "0", "1", ue(1), ue(0), ue(3)),
            *(ue(0), ue(0), *[weights(False, False)] * 3, weights(True, True)),
            *("1", ue(1), ue(6), ue(2), ue(5), ue(3), ue(1), ue(2), ue(4), ue(0), ue(5), ue(6), ue(8), ue(0)),
            *(ue(0), se(0), ue(1)),
        ],
    ),
    "SP": (
        1,
        [
            *(START.format(kind=ue(3)), "0", "000001", se(0), ue(0)),
            *("1", ue(0), "0", ue(0), ue(0), weights(False, False)),
            *("0", ue(1), se(0), "1", se(26), ue(1)),
        ],
    ),
}


@pytest.mark.parametrize(("kind", "fields"), HEADERS.values(), ids=HEADERS)
def test_size_of_a_header(kind: int, fields: list[str]) -> None:
    bits = "".join(fields)
    unit = nal(kind, bits)
    assert unescape(unit) == unit
    assert header_size(unit, {0: RICH}) == 1 + -(-len(bits) // 8)


def test_sizes_of_the_shortest_headers() -> None:
    pictures = picture_parameters(AVCC)
    sizes = [header_size(unit + bytes(9), pictures) for unit in (IDR_HEADER, P_HEADER)]
    assert sizes == [4, 3]


def test_a_header_of_hundreds_of_bytes() -> None:
    bits = START.format(kind=ue(5)) + "0" + "000001" + se(0) + ue(0) + "1" + ue(31) + "0" + ue(0) + ue(0)
    bits += weights(True, True) * 32 + "0" + ue(0) + END
    assert header_size(nal(1, bits), {0: RICH}) == 1 + -(-len(bits) // 8) > 100


def test_escapes_in_a_header_count() -> None:
    unit = bytes.fromhex("65 000003 01 000003 02 ff")
    assert unescape(unit) == bytes.fromhex("65 0000 01 0000 02 ff")
    assert [escaped_size(unit, size) for size in range(1, 9)] == [1, 2, 3, 5, 6, 7, 9, 10]


@given(st.lists(st.sampled_from([0, 1, 2, 3, 0xFF]), min_size=1, max_size=40).map(bytes), st.data())
def test_the_escaped_size_holds_that_many_bytes(rbsp: bytes, data: st.DataObject) -> None:
    unit = bytearray()
    for byte in rbsp:
        if byte <= 3 and unit[-2:] == b"\0\0":
            unit.append(3)
        unit.append(byte)
    size = data.draw(st.integers(1, len(rbsp)))
    end = escaped_size(bytes(unit), size)
    assert unescape(bytes(unit[:end])) == rbsp[:size]


@given(st.lists(st.integers(-5000, 5000), max_size=20))
def test_exp_golomb_numbers(numbers: list[int]) -> None:
    bits = "".join(map(se, numbers)) + "1"
    source = BitString(int(bits + "0" * (-len(bits) % 8), 2).to_bytes(-(-len(bits) // 8), "big"))
    assert [source.se() for _ in numbers] == numbers

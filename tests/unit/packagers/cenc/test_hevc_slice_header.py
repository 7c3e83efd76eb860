"""H.265 slice headers, written field by field, are measured to the bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packagers.cenc import CencError
from packagers.cenc.bitstring import BitString
from packagers.cenc.hevc_picture import HevcPicture
from packagers.cenc.hevc_reference_sets import ReferencePicture, read_reference_set
from packagers.cenc.hevc_sequence import HevcSequence
from packagers.cenc.hevc_slice_header import hevc_header_sizes

NEAR = (ReferencePicture(-1, True), ReferencePicture(-3, True), ReferencePicture(2, False))
SEQUENCE = HevcSequence(
    chroma_array_type=1,
    separate_colour_planes=False,
    poc_lsb_bits=8,
    address_bits=5,
    sample_adaptive_offset=True,
    reference_sets=(NEAR, NEAR[:1]),
    long_term_present=True,
    long_term_used=(True, False, True),
    temporal_mvp=True,
)
RICH = HevcPicture(
    sequence=SEQUENCE,
    dependent_slices=True,
    output_flag=True,
    extra_bits=2,
    cabac_init=True,
    references=(2, 1),
    slice_chroma_offsets=True,
    weighted_prediction=True,
    weighted_biprediction=True,
    entry_points=True,
    filter_across_slices=True,
    deblocking_override=True,
    deblocking_disabled=False,
    lists_modification=True,
    header_extension=True,
    chroma_offset_lists=True,
)
PLAIN = replace(
    RICH,
    sequence=replace(SEQUENCE, sample_adaptive_offset=False, long_term_present=False, temporal_mvp=False),
    output_flag=False,
    extra_bits=0,
    slice_chroma_offsets=False,
    weighted_prediction=False,
    weighted_biprediction=False,
    entry_points=False,
    deblocking_override=False,
    lists_modification=False,
    header_extension=False,
    chroma_offset_lists=False,
)
TRAIL, IDR = 1, 19


def ue(number: int) -> str:
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def se(number: int) -> str:
    return ue(2 * number - 1 if number > 0 else -2 * number)


def nal(kind: int, bits: str) -> bytes:
    """A NAL unit whose slice data are ones, behind the alignment that ends a header."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    return bytes([kind << 1, 1]) + int(bits, 2).to_bytes(len(bits) // 8, "big") + b"\xff" * 80


def header_size(unit: bytes, picture: HevcPicture) -> int:
    (found,) = hevc_header_sizes({0: picture}, memoryview(unit), np.zeros(1, np.int64), np.array([len(unit)]))
    return found


WEIGHTS = ue(5) + se(0) + "10" + "01" + (se(3) + se(-4)) + (se(1) + se(2) + se(0) + se(-7))
END = se(-3) + se(1) + se(-1) + "1" + "1" + "0" + se(2) + se(-2) + "1" + ue(2) + ue(3) + "0101" * 2
EXTENSION = ue(2) + "1" * 16

HEADERS = {
    "I, IDR, first slice": (RICH, IDR, ["1", "0", ue(0), "11", ue(2), "1", "11", END, EXTENSION]),
    "a dependent slice": (RICH, TRAIL, ["0", ue(0), "1", "10101", ue(0), EXTENSION]),
    "P, a listed set, long-term pictures, changed list, weights": (
        RICH,
        TRAIL,
        [
            *("0", ue(0), "0", "10101", "00", ue(1), "1", "00001111", "1", "0"),
            *(ue(1), ue(1), "10", "0", "00110011", "1", "1", ue(4)),
            *("1", "01", "0", "1" + "01" + "10", "1", ue(1), WEIGHTS, ue(3), END, EXTENSION),
        ],
    ),
    "B, a set of its own": (
        PLAIN,
        TRAIL,
        [
            *("1", ue(0), ue(0), "00001111", "0", "0", ue(1), ue(1), ue(0), "1", ue(2), "1"),
            *("1", ue(0), ue(0), "1", "1", ue(2), se(4), "1"),
        ],
    ),
}


@pytest.mark.parametrize(("picture", "kind", "fields"), HEADERS.values(), ids=HEADERS)
def test_size_of_a_header(picture: HevcPicture, kind: int, fields: list[str]) -> None:
    bits = "".join(fields)
    unit = nal(kind, bits)
    assert b"\0\0\3" not in unit
    assert header_size(unit, picture) == 2 + len(bits) // 8 + 1


def test_a_slice_names_its_picture_parameters() -> None:
    with pytest.raises(CencError, match="picture parameter set 3, which is not in hvcC"):
        header_size(nal(TRAIL, "1" + ue(3)), RICH)


def test_a_set_made_from_another() -> None:
    """Moved by -2, without the second picture, and with the one it belonged to."""
    bits = "1" + "1" + ue(1) + "1" + "00" + "01" + "1"
    data = int(bits + "0" * (-len(bits) % 8), 2).to_bytes(-(-len(bits) // 8), "big")
    found = read_reference_set(BitString(data), [NEAR], in_slice=False)
    assert found == (ReferencePicture(-2, True), ReferencePicture(-3, True))


@given(st.binary(max_size=60))
def test_any_bytes_have_a_header_or_an_error(data: bytes) -> None:
    unit = b"\x02\x01" + data
    try:
        assert 2 < header_size(unit, RICH) <= len(unit)
    except CencError:
        return

"""Which bytes of AV1 samples are protected; test_independent_readers.py has what encoders write."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packagers.cenc import CencError
from packagers.cenc.av1_reference import distance, short_references
from packagers.cenc.av1_subsamples import Av1Subsamples
from packagers.cenc.av1_tiles import TileLayout, tile_group
from packagers.cenc.bitstring import BitString
from packagers.cenc.subsamples import Subsamples
from packagers.mp4.decoder_config import Av1Configuration

# A reduced still picture header: profile 0, level 0, 64x64 pixels, small superblocks, no tools at all.
SEQUENCE_BITS = "000 1 1 00000 0101 0101 111111 111111 0 0 0 0 0 0 0 0 0 0 00 0 0 1"
# disable_cdf_update, no screen content, same render size, one tile, base_q_idx 100, no deltas, matrices,
# segments or deltas of quantisers, loop filter levels 0 and sharpness 0 without deltas, TX_MODE_LARGEST, no
# reduced transform set.
FRAME_BITS = "1 0 0 1 01100100 0 0 0 0 0 0 000000 000000 000 0 0 0"


def packed(bits: str) -> bytes:
    bits = bits.replace(" ", "")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def leb128(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def obu(kind: int, payload: bytes) -> bytes:
    return bytes([kind << 3 | 2]) + leb128(len(payload)) + payload


SEQUENCE = obu(1, packed(SEQUENCE_BITS))
HEADER = packed(FRAME_BITS)
METADATA = obu(5, b"\1" + bytes(20))


def frame(size: int) -> bytes:
    """Whose only tile are bytes EE."""
    return obu(6, HEADER + b"\xee" * size)


def found(samples: list[bytes], *, whole_blocks: bool = False, config: bytes = SEQUENCE) -> Subsamples:
    sizes = np.array([len(sample) for sample in samples], np.int64)
    finder = Av1Subsamples(
        Av1Configuration(seq_profile=0, seq_level_idx_0=0, config_obus=config), whole_blocks=whole_blocks
    )
    return finder.find(memoryview(b"".join(samples)), np.cumsum(sizes) - sizes, sizes)


def table(samples: list[bytes], *, whole_blocks: bool = False) -> list[tuple[int, int, int]]:
    """Sample, clear bytes and protected bytes of each subsample."""
    rows = found(samples, whole_blocks=whole_blocks)
    return list(zip(rows.sample.tolist(), rows.clear.tolist(), rows.protected.tolist(), strict=True))


BEFORE = len(SEQUENCE) + 2 + len(HEADER)


def test_the_tile_is_protected_and_all_before_it_clear() -> None:
    sample = SEQUENCE + frame(100)
    assert table([sample]) == [(0, BEFORE, 100)]
    assert table([sample], whole_blocks=True) == [(0, BEFORE + 4, 96)]


def test_a_small_tile_has_a_subsample_in_cbcs_and_none_in_cenc() -> None:
    sample = SEQUENCE + frame(15)
    assert table([sample]) == [(0, BEFORE, 15)]
    assert table([sample], whole_blocks=True) == [(0, BEFORE + 15, 0)]


def test_what_follows_the_tile_is_clear() -> None:
    assert table([frame(32) + METADATA, frame(16)]) == [
        (0, 2 + len(HEADER), 32),
        (0, len(METADATA), 0),
        (1, 2 + len(HEADER), 16),
    ]


def test_a_frame_header_apart_from_its_tiles() -> None:
    sample = obu(3, HEADER + b"\x80") + obu(7, HEADER + b"\x80") + obu(4, b"\xee" * 40)
    assert table([sample]) == [(0, len(sample) - 40, 40)]


BROKEN = {
    "an OBU is broken, or longer": [frame(20)[:-1]],
    "the size of an OBU is cut short": [b"\x32\x80\x80"],
    "AV1 tiles come before the header": [obu(4, bytes(9))],
    "the last tile of a group is empty": [frame(0)],
    "a header is cut short": [obu(6, HEADER[:2])],
    "an OBU of type 8 where none is due": [obu(8, b"\0")],
}


@pytest.mark.parametrize(("message", "samples"), BROKEN.items(), ids=BROKEN)
def test_what_is_no_sample_is_refused(message: str, samples: list[bytes]) -> None:
    with pytest.raises(CencError, match=message):
        found(samples)


def test_a_frame_needs_a_sequence_header() -> None:
    with pytest.raises(CencError, match="before any sequence header"):
        found([frame(20)], config=b"")


sizes = st.lists(st.integers(1, 300), min_size=1, max_size=12)


@given(sizes, st.integers(2, 4))
def test_tiles_of_a_group_lie_behind_their_sizes(tiles: list[int], size_bytes: int) -> None:
    data = bytearray([0]) if len(tiles) > 1 else bytearray()
    expected = []
    for number, size in enumerate(tiles):
        if number < len(tiles) - 1:
            data += (size - 1).to_bytes(size_bytes, "little")
        expected.append((len(data), size))
        data += bytes(size)
    bits = (len(tiles) - 1).bit_length()
    group = tile_group(memoryview(data), 0, len(data), TileLayout(len(tiles), bits, size_bytes))
    assert (group.tiles, group.last) == (expected, True)


def test_a_group_of_some_of_the_tiles() -> None:
    data = packed("1 01 10") + b"\x04\x00" + bytes(5) + bytes(7)
    group = tile_group(memoryview(data), 0, len(data), TileLayout(4, 2, 2))
    assert (group.tiles, group.last) == ([(3, 5), (8, 7)], False)


@settings(deadline=None)
@given(st.data(), st.booleans())
def test_broken_samples_give_nothing_but_errors(data: st.DataObject, whole_blocks: bool) -> None:
    broken = bytearray(SEQUENCE + frame(40) + METADATA)
    for at in data.draw(st.lists(st.integers(0, len(broken) - 1), min_size=1, max_size=6)):
        broken[at] = data.draw(st.integers(0, 255))
    try:
        rows = found([bytes(broken)], whole_blocks=whole_blocks)
    except CencError:
        return
    assert (rows.clear + rows.protected).sum() == len(broken)


def test_order_hints_wrap_around() -> None:
    assert [distance(1, 127, 7), distance(127, 1, 7), distance(5, 5, 7), distance(9, 1, 0)] == [2, -2, 0, 0]


def test_references_from_two_of_them() -> None:
    assert short_references([-8, -4, -2, -1, 4, 8, 2, -16], last=3, golden=0) == [3, 2, 1, 0, 6, 4, 5]
    assert short_references([-4, -3, -2, -1, -5, -6, -7, -8], last=3, golden=0) == [3, 2, 1, 0, 4, 5, 6]


def test_numbers_of_av1() -> None:
    bits = BitString(packed("1111 011 01 10 111"))
    assert [bits.su(4), bits.su(3), bits.ns(5), bits.ns(5), bits.ns(5)] == [-1, 3, 1, 2, 4]

"""Which bytes of H.264 samples are protected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protected_media import AVCC, IDR_HEADER, P_HEADER, nal

from packagers.cenc import CencError
from packagers.cenc.nal_units import NalSubsamples, avc_format
from packagers.cenc.subsamples import Subsamples

SEI = b"\x06" + bytes(9)


def found(samples: list[bytes], *, whole_blocks: bool = False, length_size: int = 4) -> Subsamples:
    sizes = np.array([len(sample) for sample in samples], np.int64)
    finder = NalSubsamples(length_size, avc_format(AVCC), whole_blocks=whole_blocks)
    return finder.find(memoryview(b"".join(samples)), np.cumsum(sizes) - sizes, sizes)


def table(samples: list[bytes], *, whole_blocks: bool = False) -> list[tuple[int, int, int]]:
    """Sample, clear bytes and protected bytes of each subsample."""
    rows = found(samples, whole_blocks=whole_blocks)
    return list(zip(rows.sample.tolist(), rows.clear.tolist(), rows.protected.tolist(), strict=True))


CASES = {
    "the slice header and all units before it are clear": (
        [nal(SEI) + nal(IDR_HEADER + bytes(100))],
        [(0, 14 + 4 + 4, 100)],
        [(0, 14 + 4 + 4 + 4, 96)],
    ),
    "each slice has a subsample": (
        [nal(IDR_HEADER + bytes(32)) + nal(IDR_HEADER + bytes(49))],
        [(0, 8, 32), (0, 8, 49)],
        [(0, 8, 32), (0, 9, 48)],
    ),
    "units behind the last slice have one of their own": (
        [nal(P_HEADER + bytes(16)) + nal(SEI), nal(P_HEADER + bytes(16))],
        [(0, 7, 16), (0, 14, 0), (1, 7, 16)],
        [(0, 7, 16), (0, 14, 0), (1, 7, 16)],
    ),
    "less than a block is clear in cenc": (
        [nal(P_HEADER + bytes(15))],
        [(0, 7, 15)],
        [(0, 22, 0)],
    ),
    "a slice may be all header": ([nal(P_HEADER)], [(0, 7, 0)], [(0, 7, 0)]),
    "a sample without data has none": (
        [b"", nal(P_HEADER + bytes(16)), b""],
        [(1, 7, 16)],
        [(1, 7, 16)],
    ),
    "65,535 clear bytes fit one": (
        [nal(b"\x06" + bytes(65_535 - 12)) + nal(P_HEADER + bytes(16))],
        [(0, 65_535, 16)],
        [(0, 65_535, 16)],
    ),
    "65,536 take two": (
        [nal(b"\x06" + bytes(65_536 - 12)) + nal(P_HEADER + bytes(16))],
        [(0, 65_535, 0), (0, 1, 16)],
        [(0, 65_535, 0), (0, 1, 16)],
    ),
    "and 131,070 with nothing behind them two": (
        [nal(b"\x06" + bytes(131_070 - 5))],
        [(0, 65_535, 0), (0, 65_535, 0)],
        [(0, 65_535, 0), (0, 65_535, 0)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("samples", "cbcs", "cenc"), CASES.values(), ids=CASES)
def test_subsamples(
    samples: list[bytes], cbcs: list[tuple[int, int, int]], cenc: list[tuple[int, int, int]]
) -> None:
    assert table(samples) == cbcs
    assert table(samples, whole_blocks=True) == cenc


def test_lengths_of_two_bytes() -> None:
    rows = found([b"\0\x13" + P_HEADER + bytes(16)], length_size=2)
    assert (rows.clear.tolist(), rows.protected.tolist()) == ([5], [16])


BROKEN = {
    "a sample ends inside the length": [b"\0\0\0"],
    "a NAL unit is empty": [bytes(4) + nal(P_HEADER)],
    "longer than its sample": [b"\0\0\0\x09" + P_HEADER, nal(P_HEADER)],
    "a header is cut short": [nal(b"\x65\x88")],
    "picture parameter set 1, which is not in avcC": [nal(b"\x65\x88\x40\x00\x00")],
    "NAL units of type 20 are not supported": [nal(b"\x74" + bytes(20))],
    "more than 1000 NAL units": [nal(b"\x09") * 1001],
}


@pytest.mark.parametrize(("message", "samples"), BROKEN.items(), ids=BROKEN)
def test_what_is_no_sample_is_refused(message: str, samples: list[bytes]) -> None:
    with pytest.raises(CencError, match=message):
        found(samples)


SMALL = st.integers(0, 70)
units = st.one_of(
    st.tuples(st.just("SEI"), SMALL | st.integers(65_000, 140_000)),
    st.tuples(st.sampled_from(["IDR", "P"]), SMALL),
)


def unit(kind: str, size: int) -> bytes:
    """A NAL unit with `size` bytes behind its header; of slices, and of nothing else, they are EE."""
    if kind == "SEI":
        return nal(b"\x06" + bytes(size))
    return nal((IDR_HEADER if kind == "IDR" else P_HEADER) + b"\xee" * size)


@settings(deadline=None)
@given(st.lists(st.lists(units, max_size=5), min_size=1, max_size=6), st.booleans())
def test_subsamples_cover_each_sample_and_protect_slice_data_alone(
    layout: list[list[tuple[str, int]]], whole_blocks: bool
) -> None:
    samples = [b"".join(unit(*parts) for parts in sample) for sample in layout]
    rows = found(samples, whole_blocks=whole_blocks)
    sizes = np.array([len(sample) for sample in samples])
    covered = np.bincount(rows.sample, rows.clear + rows.protected, len(samples))
    assert covered.tolist() == sizes.tolist()
    assert rows.clear.max(initial=0) <= 65_535
    data = b"".join(samples)
    starts = rows.starts(np.cumsum(sizes) - sizes)
    spans = [data[at : at + size] for at, size in zip(starts, rows.protected, strict=True)]
    assert set(b"".join(spans)) <= {0xEE}
    slice_data = sum(size for sample in layout for kind, size in sample if kind != "SEI")
    missed = slice_data - sum(map(len, spans))
    slices = sum(kind != "SEI" for sample in layout for kind, _ in sample)
    assert missed <= (15 * slices if whole_blocks else 0)
    assert not whole_blocks or not (rows.protected % 16).any()

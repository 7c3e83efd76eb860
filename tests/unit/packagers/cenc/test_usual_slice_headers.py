"""Headers that start as others before are matched at once, to the same sizes."""

import numpy as np
from test_slice_header import END, HEADERS, RICH, START, header_size, nal, se, ue, weights

from packagers.cenc.avc_slice_header import MAX_WHOLES, SliceHeaders


def sizes_together(units: list[bytes]) -> list[int]:
    """Measured by one object, twice, so that it knows them all the second time."""
    headers, lengths = SliceHeaders({0: RICH}), np.array([len(unit) for unit in units])
    data, places = memoryview(b"".join(units)), np.cumsum(lengths) - lengths
    first = headers.sizes(data, places, lengths)
    assert headers.sizes(data, places, lengths) == first
    return first


def test_all_kinds_at_once() -> None:
    units = [nal(kind, "".join(fields)) for kind, fields in HEADERS.values()] * 2
    assert sizes_together(units) == [header_size(unit, {0: RICH}) for unit in units]


def test_more_kinds_than_are_matched_at_once() -> None:
    """P slices of 1 to 32 references, in pictures of two degrees of importance."""
    units = []
    for references in range(32):
        bits = START.format(kind=ue(5)) + "0" + "000001" + se(0) + ue(0) + "1" + ue(references) + "0"
        bits += ue(0) + ue(0) + weights(False, False) * (references + 1) + "0" + ue(0) + END
        units += [nal(1, bits), bytes([0x41]) + nal(1, bits)[1:]]
    assert len(units) > MAX_WHOLES
    assert sizes_together(units) == [header_size(unit, {0: RICH}) for unit in units]

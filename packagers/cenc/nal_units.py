"""H.264 and H.265 samples: their NAL units, and what of them is protected (ISO/IEC 23001-7 9.5 and 10)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from packagers.cenc.avc_parameter_sets import picture_parameters
from packagers.cenc.avc_slice_header import SliceHeaders
from packagers.cenc.error import CencError
from packagers.cenc.hevc_picture import hevc_pictures
from packagers.cenc.hevc_slice_header import hevc_header_sizes
from packagers.cenc.subsamples import Integers, Subsamples, subsamples
from packagers.mp4.decoder_config import AvcConfiguration, HevcConfiguration

Bytes = NDArray[np.uint8]

NAL_TYPES = 64
SLICE, UNSUPPORTED = 1, 2
MAX_UNITS = 1000
"""Of one sample; a 4K picture in slices of one row of macroblocks has 136."""


@dataclass(frozen=True)
class NalFormat:
    """Where the first byte of a unit has its type, and which types are slices.

    Units of `unsupported` types have pictures, too, whose headers nobody here reads. `header_sizes` measures
    the headers of slices at such places, of such sizes.
    """

    shift: int
    mask: int
    slices: tuple[int, ...]
    unsupported: tuple[int, ...]
    header_sizes: Callable[[memoryview, Integers, Integers], list[int]]


def avc_format(config: AvcConfiguration) -> NalFormat:
    """Unsupported are data partitions and extension slices. `CencError` for broken parameter sets."""
    headers = SliceHeaders(picture_parameters(config))
    return NalFormat(0, 31, (1, 5), (2, 3, 4, 20, 21), headers.sizes)


def hevc_format(config: HevcConfiguration) -> NalFormat:
    """Unsupported are the types reserved for pictures. `CencError` for broken parameter sets."""
    pictures = hevc_pictures(config)
    return NalFormat(
        1,
        63,
        (*range(10), *range(16, 22)),
        (*range(10, 16), *range(22, 32)),
        partial(hevc_header_sizes, pictures),
    )


class NalUnits(NamedTuple):
    """Columns with one item a unit, in order: its sample, and the place and size without the length field."""

    sample: Integers
    place: Integers
    size: Integers


class NalSubsamples:
    """Slice data are protected; lengths, slice headers and units other than slices stay clear."""

    def __init__(self, length_size: int, format_: NalFormat, *, whole_blocks: bool) -> None:
        self._length_size = length_size
        self._format = format_
        self._whole_blocks = whole_blocks
        self._roles = np.zeros(NAL_TYPES, np.uint8)
        self._roles[[*format_.slices]] = SLICE
        self._roles[[*format_.unsupported]] = UNSUPPORTED

    def find(self, data: memoryview, places: Integers, sizes: Integers) -> Subsamples:
        """Subsamples of the samples at `places`. Raises `CencError` when a sample is not of NAL units."""
        units = nal_units(np.frombuffer(data, np.uint8), places, sizes, self._length_size)
        clear = self._clear_bytes(data, units)
        return subsamples(
            units.sample, self._length_size + clear, units.size - clear, whole_blocks=self._whole_blocks
        )

    def _clear_bytes(self, data: memoryview, units: NalUnits) -> Integers:
        kinds = np.frombuffer(data, np.uint8)[units.place] >> self._format.shift & self._format.mask
        roles = self._roles[kinds]
        if (strange := roles == UNSUPPORTED).any():
            raise CencError(f"NAL units of type {kinds[strange][0]} are not supported")
        clear = units.size.copy()
        slices = np.flatnonzero(roles == SLICE)
        clear[slices] = self._format.header_sizes(data, units.place[slices], units.size[slices])
        return clear


def nal_units(data: Bytes, places: Integers, sizes: Integers, length_size: int) -> NalUnits:
    """All units of samples; the first of every sample are found at once, then the second, and so on."""
    found: list[NalUnits] = []
    at, ends = places, places + sizes
    sample = np.flatnonzero(sizes)
    at = at[sample]
    while len(sample):
        if len(found) == MAX_UNITS:
            raise CencError(f"sample {sample[0]} has more than {MAX_UNITS} NAL units")
        length = unit_lengths(data, at, ends[sample], length_size)
        found.append(NalUnits(sample, at + length_size, length))
        at = at + length_size + length
        more = at < ends[sample]
        sample, at = sample[more], at[more]
    return in_order(found)


def unit_lengths(data: Bytes, at: Integers, ends: Integers, length_size: int) -> Integers:
    if (at + length_size >= ends).any():
        raise CencError("a sample ends inside the length of a NAL unit")
    length = np.zeros(len(at), np.int64)
    for byte in range(length_size):
        length = length << 8 | data[at + byte]
    if ((length == 0) | (length > ends - at - length_size)).any():
        raise CencError("a NAL unit is empty, or longer than its sample")
    return length


def in_order(rounds: list[NalUnits]) -> NalUnits:
    if not rounds:
        nothing = np.empty(0, np.int64)
        return NalUnits(nothing, nothing, nothing)
    columns = [np.concatenate(column) for column in zip(*rounds, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return NalUnits(*(column[order] for column in columns))

"""Parts of AV1 frame headers behind the tiles: quantisers, filters, motion, grain (AV1 5.9.12 to 5.9.30)."""

from collections.abc import Callable
from typing import NamedTuple

from packagers.cenc.av1_sequence import Colour
from packagers.cenc.bitstring import BitString

SEGMENTS = 8
FEATURE_BITS = (9, 7, 7, 7, 7, 3, 0, 0)
"""Of the features of a segment, signs included; the first changes the quantiser."""
MAX_QUANTISER = 255
TRANSLATION, ROTATION, AFFINE = 1, 2, 3
Quantisers = tuple[int | None, ...]
NO_SEGMENTS: Quantisers = (None,) * SEGMENTS


class Quantisation(NamedTuple):
    """base_q_idx, and whether it alone decides: all differences to it are 0."""

    base: int
    plain: bool

    def lossless(self, quantisers: Quantisers) -> bool:
        """Whether all segments are, with such changes of their quantisers."""
        indices = (min(max(self.base + (change or 0), 0), MAX_QUANTISER) for change in quantisers)
        return self.plain and not any(indices)


def read_quantisation(bits: BitString, colour: Colour) -> Quantisation:
    base = bits.u(8)
    deltas = [read_delta(bits)]
    if colour.planes > 1:
        apart = colour.separate_uv_delta_q and bits.flag()
        deltas += [read_delta(bits) for _ in range(4 if apart else 2)]
    if bits.flag():
        bits.u(12 if colour.separate_uv_delta_q else 8)
    return Quantisation(base, not any(deltas))


def read_delta(bits: BitString) -> int:
    return bits.su(7) if bits.flag() else 0


def read_segmentation(bits: BitString, earlier: Callable[[], Quantisers | None]) -> Quantisers:
    """AV1 5.9.14. `earlier` tells those of the frame that this one goes on with."""
    if not bits.flag():
        return NO_SEGMENTS
    kept = earlier()
    if kept is not None:
        if bits.flag():
            bits.u(1)
        if not bits.flag():
            return kept
    return tuple(read_features(bits) for _ in range(SEGMENTS))


def read_features(bits: BitString) -> int | None:
    change = bits.su(FEATURE_BITS[0]) if bits.flag() else None
    for size in FEATURE_BITS[1:]:
        if bits.flag():
            bits.u(size)
    return change


def skip_quantiser_deltas(bits: BitString, base: int, *, intrabc: bool) -> None:
    """Of the quantiser and of the loop filter, within a frame."""
    if not base or not bits.flag():
        return
    bits.u(2)
    if not intrabc and bits.flag():
        bits.u(3)


def skip_loop_filter(bits: BitString, planes: int) -> None:
    levels = bits.u(12)
    if planes > 1 and levels:
        bits.u(12)
    bits.u(3)
    if bits.flag() and bits.flag():
        for _ in range(10):
            read_delta(bits)


def skip_cdef(bits: BitString, planes: int) -> None:
    bits.u(2)
    strengths = 1 << bits.u(2)
    bits.u(strengths * (12 if planes > 1 else 6))


def skip_restoration(bits: BitString, colour: Colour, *, large_superblocks: bool) -> None:
    kinds = [bits.u(2) for _ in range(colour.planes)]
    if not any(kinds):
        return
    if bits.flag() and not large_superblocks:
        bits.u(1)
    bits.u(colour.subsampled and any(kinds[1:]))


def skip_global_motion(bits: BitString, *, high_precision: bool) -> None:
    """AV1 5.9.24 and 5.9.25: of seven references."""
    for _ in range(7):
        if not bits.flag():
            continue
        kind = ROTATION if bits.flag() else TRANSLATION if bits.flag() else AFFINE
        sizes = [12] * {TRANSLATION: 0, ROTATION: 2, AFFINE: 4}[kind]
        for size in sizes + 2 * [8 + high_precision if kind == TRANSLATION else 12]:
            skip_parameter(bits, size)


def skip_parameter(bits: BitString, size: int) -> None:
    """A number of up to `size` bits and a sign, in a code that favours small ones (AV1 5.9.26 to 5.9.28)."""
    symbols, base, number = (2 << size) + 1, 0, 0
    while True:
        length = 3 + max(number - 1, 0)
        step = 1 << length
        if symbols <= base + 3 * step:
            bits.ns(symbols - base)
            return
        if not bits.flag():
            bits.u(length)
            return
        number, base = number + 1, base + step


def skip_film_grain(bits: BitString, colour: Colour, *, inter: bool) -> None:
    """AV1 5.9.30."""
    if not bits.flag():
        return
    bits.u(16)
    if inter and not bits.flag():
        bits.u(3)
        return
    monochrome = colour.planes == 1
    luma = skip_points(bits)
    from_luma = not monochrome and bits.flag()
    blue = red = 0
    if not monochrome and not from_luma and (luma or not colour.subsampled):
        blue, red = skip_points(bits), skip_points(bits)
    bits.u(2)
    lag = bits.u(2)
    positions = 2 * lag * (lag + 1)
    of_chroma = positions + bool(luma)
    coefficients = positions * bool(luma) + of_chroma * (bool(blue or from_luma) + bool(red or from_luma))
    bits.u(8 * coefficients + 4 + 25 * (bool(blue) + bool(red)) + 2)


def skip_points(bits: BitString) -> int:
    points = bits.u(4)
    bits.u(16 * points)
    return points

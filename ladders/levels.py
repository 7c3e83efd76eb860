"""The lowest level that admits a rung, so that every chunk can be encoded with the same one.

H.264: Recommendation ITU-T H.264 table A-1. AV1: the AV1 specification, annex A.3.
"""

from fractions import Fraction
from typing import NamedTuple

from ladders.model import Codec, LadderError


class _AvcLevel(NamedTuple):
    name: str
    macroblocks_per_second: int
    macroblocks: int
    bits_per_second: int
    buffer_bits: int
    """MaxBR and MaxCPB of Baseline and Main; High admits 1.25 times as much (table A-2, cpbBrVclFactor)."""


_AVC = [
    _AvcLevel("1.0", 1_485, 99, 64_000, 175_000),
    _AvcLevel("1.1", 3_000, 396, 192_000, 500_000),
    _AvcLevel("1.2", 6_000, 396, 384_000, 1_000_000),
    _AvcLevel("1.3", 11_880, 396, 768_000, 2_000_000),
    _AvcLevel("2.0", 11_880, 396, 2_000_000, 2_000_000),
    _AvcLevel("2.1", 19_800, 792, 4_000_000, 4_000_000),
    _AvcLevel("2.2", 20_250, 1_620, 4_000_000, 4_000_000),
    _AvcLevel("3.0", 40_500, 1_620, 10_000_000, 10_000_000),
    _AvcLevel("3.1", 108_000, 3_600, 14_000_000, 14_000_000),
    _AvcLevel("3.2", 216_000, 5_120, 20_000_000, 20_000_000),
    _AvcLevel("4.0", 245_760, 8_192, 20_000_000, 25_000_000),
    _AvcLevel("4.1", 245_760, 8_192, 50_000_000, 62_500_000),
    _AvcLevel("4.2", 522_240, 8_704, 50_000_000, 62_500_000),
    _AvcLevel("5.0", 589_824, 22_080, 135_000_000, 135_000_000),
    _AvcLevel("5.1", 983_040, 36_864, 240_000_000, 240_000_000),
    _AvcLevel("5.2", 2_073_600, 36_864, 240_000_000, 240_000_000),
]


class _Av1Level(NamedTuple):
    name: str
    pixels: int
    width: int
    height: int
    pixels_per_second: int
    bits_per_second: int


_AV1 = [
    _Av1Level("2.0", 147_456, 2_048, 1_152, 4_423_680, 1_500_000),
    _Av1Level("2.1", 278_784, 2_816, 1_584, 8_363_520, 3_000_000),
    _Av1Level("3.0", 665_856, 4_352, 2_448, 19_975_680, 6_000_000),
    _Av1Level("3.1", 1_065_024, 5_504, 3_096, 31_950_720, 10_000_000),
    _Av1Level("4.0", 2_359_296, 6_144, 3_456, 70_778_880, 12_000_000),
    _Av1Level("4.1", 2_359_296, 6_144, 3_456, 141_557_760, 20_000_000),
    _Av1Level("5.0", 8_912_896, 8_192, 4_352, 267_386_880, 30_000_000),
    _Av1Level("5.1", 8_912_896, 8_192, 4_352, 534_773_760, 40_000_000),
]


def lowest_level(codec: Codec, width: int, height: int, rate: Fraction, *, maxrate: int, bufsize: int) -> str:
    """The level's name, such as `4.0`; `maxrate` in bits per second, `bufsize` in bits.

    Raises LadderError when no level admits the rung.
    """
    names = (
        _avc_levels(width, height, rate, maxrate, bufsize)
        if codec == "h264"
        else _av1_levels(width, height, rate, maxrate)
    )
    if not names:
        raise LadderError(
            f"no {codec} level admits {width}x{height} at {float(rate):.3f} frames/s and {maxrate} bits/s"
        )
    return names[0]


def _avc_levels(width: int, height: int, rate: Fraction, maxrate: int, bufsize: int) -> list[str]:
    columns, rows = -(-width // 16), -(-height // 16)
    size = columns * rows
    return [
        level.name
        for level in _AVC
        if size <= level.macroblocks
        and size * rate <= level.macroblocks_per_second
        # A.3.1: neither side may exceed the square root of eight times the frame size.
        and max(columns, rows) ** 2 <= 8 * level.macroblocks
        and maxrate <= level.bits_per_second * 5 // 4
        and bufsize <= level.buffer_bits * 5 // 4
    ]


def _av1_levels(width: int, height: int, rate: Fraction, maxrate: int) -> list[str]:
    return [
        level.name
        for level in _AV1
        if width * height <= level.pixels
        and width * height * rate <= level.pixels_per_second
        and width <= level.width
        and height <= level.height
        and maxrate <= level.bits_per_second
    ]

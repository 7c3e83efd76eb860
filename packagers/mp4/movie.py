"""What the whole movie shares: `mvhd`, and the defaults of its fragments."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from packagers.mp4.box import FullBox
from packagers.mp4.fields import U16_16, U32, Fixed, Int, Raw, Repeat, UintByVersion

IDENTITY = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The display matrix that changes nothing: 16.16 numbers, the third column 2.30 (ISO/IEC 14496-12 6.2.2)."""

Matrix = Annotated[tuple[int, ...], Repeat(9, Int(32))]


@dataclass(frozen=True, kw_only=True)
class MovieHeader(FullBox):
    """Timescale and duration of the presentation. ISO/IEC 14496-12 8.2.2."""

    type: str = "mvhd"
    creation_time: UintByVersion = 0
    modification_time: UintByVersion = 0
    timescale: U32
    duration: UintByVersion = 0
    rate: U16_16 = Fraction(1)
    volume: Annotated[Fraction, Fixed(8, 8)] = Fraction(1)
    reserved: Annotated[bytes, Raw(10)] = bytes(10)
    matrix: Matrix = IDENTITY
    reserved_2: Annotated[bytes, Raw(24)] = bytes(24)
    next_track_id: U32


@dataclass(frozen=True, kw_only=True)
class MovieExtendsHeader(FullBox):
    """Duration of a fragmented movie, fragments included. ISO/IEC 14496-12 8.8.2."""

    type: str = "mehd"
    fragment_duration: UintByVersion


@dataclass(frozen=True, kw_only=True)
class TrackExtends(FullBox):
    """Defaults of a track's fragments. ISO/IEC 14496-12 8.8.3."""

    type: str = "trex"
    track_id: U32
    default_sample_description_index: U32 = 1
    default_sample_duration: U32 = 0
    default_sample_size: U32 = 0
    default_sample_flags: U32 = 0

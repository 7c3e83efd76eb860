"""Sample entries and what they have in common whatever the codec."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from packagers.mp4.bits import Values
from packagers.mp4.box import Box, Parent
from packagers.mp4.fields import I16, U16, U16_16, U32, If, Raw, Repeat, Rest, Uint
from packagers.mp4.text import FourCC


@dataclass(frozen=True, kw_only=True)
class SampleEntry(Parent):
    """Start of every sample entry. ISO/IEC 14496-12 8.5.2."""

    reserved: Annotated[bytes, Raw(6)] = bytes(6)
    data_reference_index: U16 = 1


@dataclass(frozen=True, kw_only=True)
class VisualSampleEntry(SampleEntry):
    """Of video: `avc1`, `hvc1`, `av01` and others. ISO/IEC 14496-12 12.1.3. Resolution in pixels an inch."""

    type: str = "avc1"
    reserved_2: Annotated[bytes, Raw(16)] = bytes(16)
    width: U16
    height: U16
    horizontal_resolution: U16_16 = Fraction(72)
    vertical_resolution: U16_16 = Fraction(72)
    reserved_3: U32 = 0
    frame_count: U16 = 1
    compressor_name: Annotated[bytes, Raw(32)] = bytes(32)
    depth: U16 = 0x18
    reserved_4: I16 = -1


@dataclass(frozen=True, kw_only=True)
class AudioSampleEntry(SampleEntry):
    """Of sound: `mp4a` and others. ISO/IEC 14496-12 12.2.3. `sample_rate` is in hertz."""

    type: str = "mp4a"
    reserved_2: Annotated[bytes, Raw(8)] = bytes(8)
    channel_count: U16
    sample_size: U16 = 16
    reserved_3: U32 = 0
    sample_rate: U16_16


def is_nclx(box: Values) -> bool:
    return bool(box["colour_type"] == "nclx")


@dataclass(frozen=True, kw_only=True)
class ColourInformation(Box):
    """Colour of video. ISO/IEC 14496-12 12.1.5.

    Of type `nclx`: ITU-T H.273 `code_points` of primaries, transfer and matrix, and range. Else a profile.
    """

    type: str = "colr"
    colour_type: Annotated[str, FourCC()] = "nclx"
    code_points: Annotated[tuple[int, ...] | None, If(is_nclx, Repeat(3, Uint(16)))] = None
    full_range: Annotated[int | None, If(is_nclx, Uint(1))] = None
    reserved: Annotated[int | None, If(is_nclx, Uint(7))] = None
    profile: Rest = b""


@dataclass(frozen=True, kw_only=True)
class PixelAspectRatio(Box):
    """Shape of a pixel. ISO/IEC 14496-12 12.1.4."""

    type: str = "pasp"
    h_spacing: U32
    v_spacing: U32


@dataclass(frozen=True, kw_only=True)
class BitRate(Box):
    """What the encoder was told of rates, in bits per second. ISO/IEC 14496-12 8.5.2."""

    type: str = "btrt"
    buffer_size: U32
    max_bitrate: U32
    avg_bitrate: U32

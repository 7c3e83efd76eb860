"""What one track says of itself and of its media."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from packagers.mp4.box import Entries, FullBox
from packagers.mp4.fields import I16, U16, U16_16, U24, U32, Fixed, If, Raw, Repeat, Rest, Uint, UintByVersion
from packagers.mp4.movie import IDENTITY, Matrix
from packagers.mp4.text import FourCC, Language, Text


@dataclass(frozen=True, kw_only=True)
class TrackHeader(FullBox):
    """Track ID and display size. ISO/IEC 14496-12 8.3.2."""

    type: str = "tkhd"
    creation_time: UintByVersion = 0
    modification_time: UintByVersion = 0
    track_id: U32
    reserved: U32 = 0
    duration: UintByVersion = 0
    reserved_2: Annotated[bytes, Raw(8)] = bytes(8)
    layer: I16 = 0
    alternate_group: I16 = 0
    volume: Annotated[Fraction, Fixed(8, 8)] = Fraction(0)
    reserved_3: U16 = 0
    matrix: Matrix = IDENTITY
    width: U16_16 = Fraction(0)
    height: U16_16 = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class MediaHeader(FullBox):
    """Timescale and language of a track's media. ISO/IEC 14496-12 8.4.2."""

    type: str = "mdhd"
    creation_time: UintByVersion = 0
    modification_time: UintByVersion = 0
    timescale: U32
    duration: UintByVersion = 0
    reserved_bit: Annotated[int, Uint(1)] = 0
    language: Annotated[str, Language()] = "und"
    reserved: U16 = 0


@dataclass(frozen=True, kw_only=True)
class Handler(FullBox):
    """Kind of media. ISO/IEC 14496-12 8.4.3. `name` keeps its zero byte (QuickTime counts instead)."""

    type: str = "hdlr"
    reserved: U32 = 0
    handler_type: Annotated[str, FourCC()]
    reserved_2: Annotated[bytes, Raw(12)] = bytes(12)
    name: Rest = b"\0"


@dataclass(frozen=True, kw_only=True)
class ExtendedLanguage(FullBox):
    """Language as a BCP 47 tag. ISO/IEC 14496-12 8.4.6."""

    type: str = "elng"
    extended_language: Annotated[str, Text()]


@dataclass(frozen=True, kw_only=True)
class VideoMediaHeader(FullBox):
    """Of video. ISO/IEC 14496-12 12.1.2, where flags are 1."""

    type: str = "vmhd"
    flags: U24 = 1
    graphics_mode: U16 = 0
    opcolor: Annotated[tuple[int, ...], Repeat(3, Uint(16))] = (0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class SoundMediaHeader(FullBox):
    """Of sound. ISO/IEC 14496-12 12.2.2."""

    type: str = "smhd"
    balance: I16 = 0
    reserved: U16 = 0


@dataclass(frozen=True, kw_only=True)
class DataReference(Entries):
    """Where media data are. ISO/IEC 14496-12 8.7.2."""

    type: str = "dref"


@dataclass(frozen=True, kw_only=True)
class DataEntryUrl(FullBox):
    """A file with media data; flags 1 and no location mean this file. ISO/IEC 14496-12 8.7.2."""

    type: str = "url "
    flags: U24 = 1
    location: Annotated[str | None, If(lambda box: not box["flags"] & 1, Text())] = None

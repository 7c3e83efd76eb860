"""RFC 6381 codec strings, worked out from decoder configurations."""

from packagers.mp4.bits import Mp4Error, Reader
from packagers.mp4.box import Box, Parent
from packagers.mp4.decoder_config import (
    Ac3Configuration,
    Av1Configuration,
    AvcConfiguration,
    Eac3Configuration,
    ElementaryStreamDescriptor,
    FlacConfiguration,
    HevcConfiguration,
    OpusConfiguration,
)
from packagers.mp4.descriptor import ElementaryStream
from packagers.mp4.protection import OriginalFormat
from packagers.mp4.sample_entry import ColourInformation

MPEG4_AUDIO = 0x40
BT709 = (1, 1, 1)
AV1_DEFAULTS = ".0.110.01.01.01.0"


def codec_string(entry: Parent) -> str:
    """The string of a sample entry, such as `avc1.640028`; under protection, that of the clear one.

    Raises `Mp4Error` when no configuration is known.
    """
    format_ = next((box.data_format for box in entry.find("sinf/frma", OriginalFormat)), entry.type)
    colour = next(entry.find("colr", ColourInformation), None)
    for config in entry.children:
        if text := config_string(format_, config, colour):
            return text
    raise Mp4Error(f"{entry.type}: no decoder configuration that a codec string can be made of")


def config_string(entry: str, config: Box, colour: ColourInformation | None = None) -> str:
    """The string of one configuration box in the sample entry `entry`; empty for any other box."""
    match config:
        case AvcConfiguration():
            return avc(entry, config)
        case HevcConfiguration():
            return hevc(entry, config)
        case Av1Configuration():
            return av1(entry, config, colour)
        case ElementaryStreamDescriptor():
            return mpeg4(entry, ElementaryStream.parse(config.descriptor))
        case Ac3Configuration() | Eac3Configuration() | OpusConfiguration() | FlacConfiguration():
            return entry
    return ""


def avc(entry: str, config: AvcConfiguration) -> str:
    """RFC 6381 3.3: profile, constraint flags and level, two hexadecimal digits each."""
    return f"{entry}.{config.profile:02X}{config.profile_compatibility:02X}{config.level:02X}"


def hevc(entry: str, config: HevcConfiguration) -> str:
    """ISO/IEC 14496-15 Annex E.3: compatibility flags in reverse bit order, no trailing zero bytes."""
    space = ("", "A", "B", "C")[config.general_profile_space]
    flags = int(f"{config.general_profile_compatibility_flags:032b}"[::-1], 2)
    tier = "LH"[config.general_tier_flag]
    constraints = [f"{byte:X}" for byte in config.general_constraint_indicator_flags.rstrip(b"\0")]
    fields = [f"{space}{config.general_profile_idc}", f"{flags:X}", f"{tier}{config.general_level_idc}"]
    return ".".join([entry, *fields, *constraints])


def av1(entry: str, config: Av1Configuration, colour: ColourInformation | None = None) -> str:
    """AV1 ISOBMFF binding 5: the second half only when a field of it is not the default."""
    depth = 12 if config.twelve_bit else 10 if config.high_bitdepth else 8
    level = f"{config.seq_level_idx_0:02d}{'MH'[config.seq_tier_0]}"
    text = f"{entry}.{config.seq_profile}.{level}.{depth:02d}{av1_colour(config, colour)}"
    return text.removesuffix(AV1_DEFAULTS)


def av1_colour(config: Av1Configuration, colour: ColourInformation | None) -> str:
    """Monochrome, chroma subsampling, then colour as `colr` has it, or BT.709 of limited range."""
    x, y = config.chroma_subsampling_x, config.chroma_subsampling_y
    position = config.chroma_sample_position if x and y else 0
    points = (colour and colour.code_points) or BT709
    cicp = ".".join(f"{point:02d}" for point in points)
    full_range = (colour and colour.full_range) or 0
    return f".{config.monochrome}.{x}{y}{position}.{cicp}.{full_range}"


def mpeg4(entry: str, stream: ElementaryStream) -> str:
    """RFC 6381 3.3: the object type in hexadecimal and, of MPEG-4 audio, the audio object type."""
    if stream.object_type != MPEG4_AUDIO:
        return f"{entry}.{stream.object_type:02X}"
    return f"{entry}.40.{audio_object_type(stream.config)}"


def audio_object_type(config: bytes) -> int:
    """Of an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1)."""
    source = Reader(memoryview(config), "AudioSpecificConfig")
    short = source.uint(5)
    return 32 + source.uint(6) if short == 31 else short

"""Which declaration reads which box type. A new box is a declaration in its module and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from packagers.mp4.box import Box, Opaque, Parent
from packagers.mp4.brand import FileType
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
from packagers.mp4.edit import EditList
from packagers.mp4.fragment import (
    MovieFragmentHeader,
    TrackFragmentDecodeTime,
    TrackFragmentHeader,
    TrackRun,
)
from packagers.mp4.index import MovieFragmentRandomAccessOffset, SegmentIndex
from packagers.mp4.movie import MovieExtendsHeader, MovieHeader, TrackExtends
from packagers.mp4.protection import (
    OriginalFormat,
    ProtectionSystemHeader,
    SampleAuxiliaryOffsets,
    SampleAuxiliarySizes,
    SampleEncryption,
    SchemeType,
    TrackEncryption,
)
from packagers.mp4.sample_entry import (
    AudioSampleEntry,
    BitRate,
    ColourInformation,
    PixelAspectRatio,
    VisualSampleEntry,
)
from packagers.mp4.sample_group import SampleGroupDescription, SampleToGroup
from packagers.mp4.sample_table import (
    ChunkLargeOffset,
    ChunkOffset,
    CompositionOffset,
    SampleDescription,
    SampleSize,
    SampleToChunk,
    SyncSample,
    TimeToSample,
)
from packagers.mp4.track import (
    DataEntryUrl,
    DataReference,
    ExtendedLanguage,
    Handler,
    MediaHeader,
    SoundMediaHeader,
    TrackHeader,
    VideoMediaHeader,
)

DECLARATIONS: tuple[type[Box], ...] = (
    FileType, MovieHeader, MovieExtendsHeader, TrackExtends,
    TrackHeader, MediaHeader, Handler, ExtendedLanguage, VideoMediaHeader, SoundMediaHeader,
    DataReference, DataEntryUrl, EditList,
    SampleDescription, TimeToSample, CompositionOffset, SampleToChunk, SampleSize, ChunkOffset,
    ChunkLargeOffset, SyncSample,
    VisualSampleEntry, AudioSampleEntry, ColourInformation, PixelAspectRatio, BitRate,
    AvcConfiguration, HevcConfiguration, Av1Configuration, ElementaryStreamDescriptor,
    Ac3Configuration, Eac3Configuration, OpusConfiguration, FlacConfiguration,
    MovieFragmentHeader, TrackFragmentHeader, TrackFragmentDecodeTime, TrackRun,
    SegmentIndex, MovieFragmentRandomAccessOffset,
    OriginalFormat, SchemeType, TrackEncryption, SampleEncryption, SampleAuxiliarySizes,
    SampleAuxiliaryOffsets, ProtectionSystemHeader, SampleGroupDescription, SampleToGroup,
)  # fmt: skip

# Boxes of nothing but boxes, with their clauses in ISO/IEC 14496-12.
CONTAINERS = {
    "moov": "8.2.1", "trak": "8.3.1", "edts": "8.6.5", "mdia": "8.4.1", "minf": "8.4.4", "dinf": "8.7.1",
    "stbl": "8.5.1", "mvex": "8.8.1", "moof": "8.8.4", "traf": "8.8.6", "mfra": "8.8.9",
    "sinf": "8.12.2", "schi": "8.12.7",
}  # fmt: skip

# Types whose payload another type declares: the key reads like the value.
ALIASES = {
    "styp": "ftyp",
    "avc3": "avc1", "hvc1": "avc1", "hev1": "avc1", "av01": "avc1", "encv": "avc1",
    "ac-3": "mp4a", "ec-3": "mp4a", "Opus": "mp4a", "fLaC": "mp4a", "enca": "mp4a",
}  # fmt: skip

BOXES: Mapping[str, type[Box]] = MappingProxyType(
    {declaration.type: declaration for declaration in DECLARATIONS} | dict.fromkeys(CONTAINERS, Parent)
)


def declaration(type_: str) -> type[Box]:
    """The class that reads boxes of this type; `Opaque` for those that nobody declared."""
    return BOXES.get(ALIASES.get(type_, type_), Opaque)

"""Decoder configurations, one box a codec. Parameter sets stay as bytes."""

from dataclasses import dataclass
from typing import Annotated

from packagers.mp4.box import Box, FullBox
from packagers.mp4.fields import I16, U8, U16, U32, Raw, Rest, Uint


@dataclass(frozen=True, kw_only=True)
class AvcConfiguration(Box):
    """Of H.264. ISO/IEC 14496-15 5.3.3.1. `parameter_sets` starts with the number of SPSs."""

    type: str = "avcC"
    configuration_version: U8 = 1
    profile: U8
    profile_compatibility: U8
    level: U8
    reserved: Annotated[int, Uint(6)] = 0x3F
    length_size_minus_one: Annotated[int, Uint(2)] = 3
    parameter_sets: Rest


@dataclass(frozen=True, kw_only=True)
class HevcConfiguration(Box):
    """Of H.265. ISO/IEC 14496-15 8.3.3.1. `parameter_sets` starts with the number of arrays of them."""

    type: str = "hvcC"
    configuration_version: U8 = 1
    general_profile_space: Annotated[int, Uint(2)] = 0
    general_tier_flag: Annotated[int, Uint(1)] = 0
    general_profile_idc: Annotated[int, Uint(5)]
    general_profile_compatibility_flags: U32
    general_constraint_indicator_flags: Annotated[bytes, Raw(6)]
    general_level_idc: U8
    reserved: Annotated[int, Uint(4)] = 0xF
    min_spatial_segmentation_idc: Annotated[int, Uint(12)] = 0
    reserved_2: Annotated[int, Uint(6)] = 0x3F
    parallelism_type: Annotated[int, Uint(2)] = 0
    reserved_3: Annotated[int, Uint(6)] = 0x3F
    chroma_format: Annotated[int, Uint(2)] = 1
    reserved_4: Annotated[int, Uint(5)] = 0x1F
    bit_depth_luma_minus8: Annotated[int, Uint(3)] = 0
    reserved_5: Annotated[int, Uint(5)] = 0x1F
    bit_depth_chroma_minus8: Annotated[int, Uint(3)] = 0
    avg_frame_rate: U16 = 0
    constant_frame_rate: Annotated[int, Uint(2)] = 0
    num_temporal_layers: Annotated[int, Uint(3)] = 1
    temporal_id_nested: Annotated[int, Uint(1)] = 1
    length_size_minus_one: Annotated[int, Uint(2)] = 3
    parameter_sets: Rest


@dataclass(frozen=True, kw_only=True)
class Av1Configuration(Box):
    """Of AV1. AV1 Codec ISO Media File Format Binding 2.3."""

    type: str = "av1C"
    marker_and_version: U8 = 0x81
    seq_profile: Annotated[int, Uint(3)]
    seq_level_idx_0: Annotated[int, Uint(5)]
    seq_tier_0: Annotated[int, Uint(1)] = 0
    high_bitdepth: Annotated[int, Uint(1)] = 0
    twelve_bit: Annotated[int, Uint(1)] = 0
    monochrome: Annotated[int, Uint(1)] = 0
    chroma_subsampling_x: Annotated[int, Uint(1)] = 1
    chroma_subsampling_y: Annotated[int, Uint(1)] = 1
    chroma_sample_position: Annotated[int, Uint(2)] = 0
    presentation_delay: U8 = 0
    config_obus: Rest = b""


@dataclass(frozen=True, kw_only=True)
class ElementaryStreamDescriptor(FullBox):
    """Of AAC and other MPEG-4 streams; `packagers.mp4.descriptor` reads the data. ISO/IEC 14496-14 6.7.2."""

    type: str = "esds"
    descriptor: Rest


@dataclass(frozen=True, kw_only=True)
class Ac3Configuration(Box):
    """Of AC-3; names as in its sync frame. ETSI TS 102 366 F.4."""

    type: str = "dac3"
    fscod: Annotated[int, Uint(2)] = 0
    bsid: Annotated[int, Uint(5)] = 8
    bsmod: Annotated[int, Uint(3)] = 0
    acmod: Annotated[int, Uint(3)]
    lfeon: Annotated[int, Uint(1)] = 0
    bit_rate_code: Annotated[int, Uint(5)]
    reserved: Annotated[int, Uint(5)] = 0


@dataclass(frozen=True, kw_only=True)
class Eac3Configuration(Box):
    """Of E-AC-3; the rate is in kilobits per second. ETSI TS 102 366 F.6."""

    type: str = "dec3"
    data_rate: Annotated[int, Uint(13)]
    num_ind_sub: Annotated[int, Uint(3)] = 0
    substreams: Rest


@dataclass(frozen=True, kw_only=True)
class OpusConfiguration(Box):
    """Of Opus: samples to skip at 48 kHz, gain in 1/256 dB. Encapsulation of Opus in ISOBMFF 4.3.2."""

    type: str = "dOps"
    configuration_version: U8 = 0
    output_channel_count: U8
    pre_skip: U16
    input_sample_rate: U32
    output_gain: I16 = 0
    channel_mapping_family: U8 = 0
    channel_mapping: Rest = b""


@dataclass(frozen=True, kw_only=True)
class FlacConfiguration(FullBox):
    """Of FLAC: its metadata blocks, STREAMINFO first. Encapsulation of FLAC in ISOBMFF 3.3.2."""

    type: str = "dfLa"
    metadata_blocks: Rest

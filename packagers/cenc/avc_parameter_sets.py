"""H.264 parameter sets, as far as slice headers depend on them (ITU-T H.264 7.3.2.1 and 7.3.2.2)."""

from dataclasses import dataclass
from typing import Self

from packagers.cenc.bitstring import BitString, unescape
from packagers.cenc.error import CencError
from packagers.mp4.bits import Reader
from packagers.mp4.decoder_config import AvcConfiguration

PROFILES_WITH_CHROMA_FORMAT = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
YUV_444 = 3


@dataclass(frozen=True)
class SequenceParameters:
    """Names as in the standard; `frame_num_bits` is log2_max_frame_num."""

    chroma_array_type: int
    separate_colour_planes: bool
    frame_num_bits: int
    poc_type: int
    poc_lsb_bits: int
    delta_pic_order_always_zero: bool
    frame_mbs_only: bool

    @classmethod
    def parse(cls, nal: bytes) -> tuple[int, Self]:
        """The id and the set. Raises `CencError` when it is cut short."""
        bits = BitString(unescape(nal[1:]))
        profile = bits.u(8)
        bits.u(16)
        number = bits.ue()
        chroma_format, separate = 1, False
        if profile in PROFILES_WITH_CHROMA_FORMAT:
            chroma_format = bits.ue()
            separate = chroma_format == YUV_444 and bits.flag()
            skip_depths_and_scaling(bits, chroma_format)
        frame_num_bits = bits.ue() + 4
        poc_type = bits.ue()
        poc_lsb_bits = bits.ue() + 4 if poc_type == 0 else 0
        always_zero = poc_type == 1 and skip_order_cycle(bits)
        bits.ue(), bits.u(1), bits.ue(), bits.ue()
        chroma_array_type = 0 if separate else chroma_format
        return number, cls(
            chroma_array_type, separate, frame_num_bits, poc_type, poc_lsb_bits, always_zero, bits.flag()
        )


def skip_depths_and_scaling(bits: BitString, chroma_format: int) -> None:
    bits.ue(), bits.ue(), bits.u(1)
    if not bits.flag():
        return
    for number in range(12 if chroma_format == YUV_444 else 8):
        if bits.flag():
            skip_scaling_list(bits, 16 if number < 6 else 64)


def skip_scaling_list(bits: BitString, size: int) -> None:
    """ITU-T H.264 7.3.2.1.1.1: a scale of 0 ends the list."""
    scale = 8
    for _ in range(size):
        scale = (scale + bits.se()) % 256
        if scale == 0:
            return


def skip_order_cycle(bits: BitString) -> bool:
    """Of picture order count type 1; tells delta_pic_order_always_zero_flag."""
    always_zero = bits.flag()
    bits.se(), bits.se()
    for _ in range(bits.ue()):
        bits.se()
    return always_zero


@dataclass(frozen=True)
class PictureParameters:
    """Names as in the standard; `references` are the default numbers of entries in lists 0 and 1."""

    sequence: SequenceParameters
    cabac: bool
    field_order_present: bool
    references: tuple[int, int]
    weighted_prediction: bool
    weighted_biprediction: int
    deblocking_control: bool
    redundant_pictures: bool

    @classmethod
    def parse(cls, nal: bytes, sequences: dict[int, SequenceParameters]) -> tuple[int, Self]:
        """The id and the set. Raises `CencError` when it is cut short or needs what is not supported."""
        bits = BitString(unescape(nal[1:]))
        number, sequence = bits.ue(), sequences.get(bits.ue())
        if sequence is None:
            raise CencError(f"picture parameter set {number} has no sequence parameter set")
        cabac, field_order = bits.flag(), bits.flag()
        if bits.ue():
            raise CencError("slice groups (flexible macroblock ordering) are not supported")
        references = (bits.ue() + 1, bits.ue() + 1)
        weighted, biweighted = bits.flag(), bits.u(2)
        bits.se(), bits.se(), bits.se()
        deblocking, _, redundant = bits.flag(), bits.flag(), bits.flag()
        return number, cls(
            sequence, cabac, field_order, references, weighted, biweighted, deblocking, redundant
        )


def picture_parameters(config: AvcConfiguration) -> dict[int, PictureParameters]:
    """Sets of `avcC` (ISO/IEC 14496-15 5.3.3.1) by their ids. `Mp4Error` or `CencError` when broken."""
    source = Reader(memoryview(config.parameter_sets), "avcC")
    sequences = dict(SequenceParameters.parse(nal) for nal in nal_units(source, source.uint(8) & 31))
    return dict(PictureParameters.parse(nal, sequences) for nal in nal_units(source, source.uint(8)))


def nal_units(source: Reader, count: int) -> list[bytes]:
    return [bytes(source.take(source.uint(16))) for _ in range(count)]

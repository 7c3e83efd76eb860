"""H.265 picture parameter sets, as far as slice headers depend on them (ITU-T H.265 7.3.2.3)."""

from dataclasses import dataclass
from typing import Self

from packagers.cenc.bitstring import BitString, unescape
from packagers.cenc.error import CencError
from packagers.cenc.hevc_sequence import NAL_HEADER, HevcSequence, skip_numbers, skip_scaling_lists
from packagers.mp4.bits import Reader
from packagers.mp4.decoder_config import HevcConfiguration

SPS, PPS = 33, 34


@dataclass(frozen=True)
class HevcPicture:
    """Names as in the standard; `references` are the default numbers of entries in lists 0 and 1."""

    sequence: HevcSequence
    dependent_slices: bool
    output_flag: bool
    extra_bits: int
    cabac_init: bool
    references: tuple[int, int]
    slice_chroma_offsets: bool
    weighted_prediction: bool
    weighted_biprediction: bool
    entry_points: bool
    filter_across_slices: bool
    deblocking_override: bool
    deblocking_disabled: bool
    lists_modification: bool
    header_extension: bool
    chroma_offset_lists: bool

    @classmethod
    def parse(cls, nal: bytes, sequences: dict[int, HevcSequence]) -> tuple[int, Self]:
        """The id and the set. Raises `CencError` when it is cut short or needs what is not supported."""
        bits = BitString(unescape(nal[NAL_HEADER:]))
        number, sequence = bits.ue(), sequences.get(bits.ue())
        if sequence is None:
            raise CencError(f"picture parameter set {number} has no sequence parameter set")
        dependent, output_flag, extra_bits = bits.flag(), bits.flag(), bits.u(3)
        bits.u(1)
        cabac_init, references = bits.flag(), (bits.ue() + 1, bits.ue() + 1)
        transform_skip = skip_quantisation(bits)
        chroma_offsets, weighted, biweighted = bits.flag(), bits.flag(), bits.flag()
        bits.u(1)
        entry_points = skip_tiles(bits)
        across = bits.flag()
        override, disabled = read_deblocking(bits)
        if bits.flag():
            skip_scaling_lists(bits)
        lists_modification = bits.flag()
        bits.ue()
        return number, cls(
            sequence, dependent, output_flag, extra_bits, cabac_init, references, chroma_offsets, weighted,
            biweighted, entry_points, across, override, disabled, lists_modification, bits.flag(),
            read_chroma_offset_lists(bits, transform_skip=transform_skip),
        )  # fmt: skip


def skip_quantisation(bits: BitString) -> bool:
    """From init_qp_minus26 to the chroma offsets; tells transform_skip_enabled_flag."""
    bits.se(), bits.u(1)
    transform_skip = bits.flag()
    if bits.flag():
        bits.ue()
    bits.se(), bits.se()
    return transform_skip


def skip_tiles(bits: BitString) -> bool:
    """Whether slice headers have entry points: of tiles, or of rows of blocks."""
    tiles, rows = bits.flag(), bits.flag()
    if tiles:
        columns, lines = bits.ue(), bits.ue()
        if not bits.flag():
            skip_numbers(bits, columns + lines)
        bits.u(1)
    return tiles or rows


def read_deblocking(bits: BitString) -> tuple[bool, bool]:
    """deblocking_filter_override_enabled_flag and pps_deblocking_filter_disabled_flag."""
    if not bits.flag():
        return False, False
    override, disabled = bits.flag(), bits.flag()
    if not disabled:
        bits.se(), bits.se()
    return override, disabled


def read_chroma_offset_lists(bits: BitString, *, transform_skip: bool) -> bool:
    """chroma_qp_offset_list_enabled_flag, of the range extension (ITU-T H.265 7.3.2.3.2)."""
    if not bits.flag():
        return False
    range_extension = bits.flag()
    if bits.u(3):
        raise CencError("H.265 of several layers, of 3D or of screen content is not supported")
    bits.u(4)
    if not range_extension:
        return False
    if transform_skip:
        bits.ue()
    bits.u(1)
    return bits.flag()


def hevc_pictures(config: HevcConfiguration) -> dict[int, HevcPicture]:
    """Picture parameter sets of `hvcC` (ISO/IEC 14496-15 8.3.3.1) by their ids.

    Raises `Mp4Error` or `CencError` when they are broken.
    """
    source = Reader(memoryview(config.parameter_sets), "hvcC")
    nals: dict[int, list[bytes]] = {}
    for _ in range(source.uint(8)):
        kind = source.uint(8) & 63
        nals.setdefault(kind, []).extend(bytes(source.take(source.uint(16))) for _ in range(source.uint(16)))
    sequences = dict(HevcSequence.parse(nal) for nal in nals.get(SPS, ()))
    return dict(HevcPicture.parse(nal, sequences) for nal in nals.get(PPS, ()))

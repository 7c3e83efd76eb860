"""H.265 sequence parameter sets, as far as slice headers depend on them (ITU-T H.265 7.3.2.2)."""

from dataclasses import dataclass
from typing import Self

from packagers.cenc.bitstring import BitString, unescape
from packagers.cenc.error import CencError
from packagers.cenc.hevc_reference_sets import ReferenceSet, read_reference_set

NAL_HEADER = 2
PROFILE_BITS, LEVEL_BITS = 88, 8
YUV_444 = 3
SCREEN_CONTENT_PROFILES = {9, 11}
MAX_SETS, MAX_LONG_TERM = 64, 32


@dataclass(frozen=True)
class HevcSequence:
    """Names as in the standard; `address_bits` tell a block of the picture, `long_term` counts the
    long-term reference pictures that the set lists."""

    chroma_array_type: int
    separate_colour_planes: bool
    poc_lsb_bits: int
    address_bits: int
    sample_adaptive_offset: bool
    reference_sets: tuple[ReferenceSet, ...]
    long_term_present: bool
    long_term_used: tuple[bool, ...]
    temporal_mvp: bool

    @classmethod
    def parse(cls, nal: bytes) -> tuple[int, Self]:
        """The id and the set. Raises `CencError` when it is cut short or of a profile not supported."""
        bits = BitString(unescape(nal[NAL_HEADER:]))
        bits.u(4)
        layers = bits.u(3)
        bits.u(1)
        skip_profile_tier_level(bits, layers)
        number, chroma_format = bits.ue(), bits.ue()
        separate = chroma_format == YUV_444 and bits.flag()
        width, height = bits.ue(), bits.ue()
        if bits.flag():
            skip_numbers(bits, 4)
        skip_numbers(bits, 2)
        poc_lsb_bits = bits.ue() + 4
        skip_numbers(bits, 3 * (layers + 1 if bits.flag() else 1))
        address_bits = read_address_bits(bits, width, height)
        adaptive_offset = skip_coding_tools(bits)
        sets = read_reference_sets(bits)
        long_term_present = bits.flag()
        long_term = read_long_term(bits, poc_lsb_bits) if long_term_present else ()
        return number, cls(
            0 if separate else chroma_format,
            separate,
            poc_lsb_bits,
            address_bits,
            adaptive_offset,
            sets,
            long_term_present,
            long_term,
            bits.flag(),
        )


def skip_numbers(bits: BitString, count: int) -> None:
    for _ in range(count):
        bits.ue()


def skip_profile_tier_level(bits: BitString, layers: int) -> None:
    """ITU-T H.265 7.3.3, of a stream with so many layers above the first."""
    bits.u(3)
    if (profile := bits.u(5)) in SCREEN_CONTENT_PROFILES:
        raise CencError(f"H.265 profile {profile} is not supported")
    bits.u(PROFILE_BITS - 8 + LEVEL_BITS)
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.u(2 * (8 - layers))
    for profile_present, level_present in present:
        bits.u(PROFILE_BITS * profile_present + LEVEL_BITS * level_present)


def read_address_bits(bits: BitString, width: int, height: int) -> int:
    """Ceil(Log2(PicSizeInCtbsY)): the blocks of a picture, from the two sizes of blocks."""
    log_size = bits.ue() + 3
    log_size += bits.ue()
    across, down = ((side - 1 >> log_size) + 1 for side in (width, height))
    return (across * down - 1).bit_length()


def skip_coding_tools(bits: BitString) -> bool:
    """Transforms, scaling lists, asymmetric partitions and PCM; tells of sample adaptive offset."""
    skip_numbers(bits, 4)
    if bits.flag() and bits.flag():
        skip_scaling_lists(bits)
    bits.u(1)
    adaptive_offset = bits.flag()
    if bits.flag():
        bits.u(8)
        skip_numbers(bits, 2)
        bits.u(1)
    return adaptive_offset


def skip_scaling_lists(bits: BitString) -> None:
    """ITU-T H.265 7.3.4."""
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.ue()
                continue
            if size > 1:
                bits.se()
            skip_numbers(bits, min(64, 1 << (4 + 2 * size)))


def read_reference_sets(bits: BitString) -> tuple[ReferenceSet, ...]:
    if (count := bits.ue()) > MAX_SETS:
        raise CencError(f"{count} sets of reference pictures, more than {MAX_SETS}")
    sets: list[ReferenceSet] = []
    for _ in range(count):
        sets.append(read_reference_set(bits, sets, in_slice=False))
    return tuple(sets)


def read_long_term(bits: BitString, poc_lsb_bits: int) -> tuple[bool, ...]:
    """Of each long-term reference picture, whether the current picture itself refers to it."""
    if (count := bits.ue()) > MAX_LONG_TERM:
        raise CencError(f"{count} long-term reference pictures, more than {MAX_LONG_TERM}")
    return tuple(bool(bits.u(poc_lsb_bits + 1) & 1) for _ in range(count))

"""Where slice data start in an H.265 NAL unit: slice headers, read to their end (ITU-T H.265 7.3.6)."""

from collections.abc import Mapping

from packagers.cenc.bitstring import BitString, EndOfBitsError, escaped_size, unescape
from packagers.cenc.error import CencError
from packagers.cenc.hevc_picture import HevcPicture
from packagers.cenc.hevc_reference_sets import read_reference_set
from packagers.cenc.hevc_sequence import NAL_HEADER
from packagers.cenc.subsamples import Integers

RANDOM_ACCESS = range(16, 24)
IDR = {19, 20}
B, P = 0, 1
MAX_REFERENCES, MAX_ENTRY_POINTS = 32, 440 * 20
USUAL_BYTES, MAX_BYTES = 96, 1 << 16
"""Most headers take some dozen bytes; with an entry point for each row of blocks, some hundreds."""


def hevc_header_sizes(
    pictures: Mapping[int, HevcPicture], data: memoryview, places: Integers, sizes: Integers
) -> list[int]:
    """Of each slice NAL unit, the bytes up to its first byte of slice data, escapes included.

    Raises `CencError` when a header is cut short or names a parameter set that is not there.
    """
    units = zip(places.tolist(), sizes.tolist(), strict=True)
    return [header_size(data[place : place + size], pictures) for place, size in units]


def header_size(nal: memoryview, pictures: Mapping[int, HevcPicture]) -> int:
    try:
        return measure(bytes(nal[:USUAL_BYTES]), pictures)
    except EndOfBitsError:
        return measure(bytes(nal[:MAX_BYTES]), pictures)


def measure(nal: bytes, pictures: Mapping[int, HevcPicture]) -> int:
    rbsp = unescape(nal)
    bits = BitString(rbsp[NAL_HEADER:])
    skip_slice_segment_header(bits, rbsp[0] >> 1 & 63, pictures)
    bits.u(1)
    return escaped_size(nal, NAL_HEADER + bits.bytes_used)


def skip_slice_segment_header(bits: BitString, nal_type: int, pictures: Mapping[int, HevcPicture]) -> None:
    first = bits.flag()
    if nal_type in RANDOM_ACCESS:
        bits.u(1)
    number = bits.ue()
    picture = pictures.get(number)
    if picture is None:
        raise CencError(f"a slice uses picture parameter set {number}, which is not in hvcC")
    dependent = not first and picture.dependent_slices and bits.flag()
    if not first:
        bits.u(picture.sequence.address_bits)
    if not dependent:
        skip_slice_header(bits, nal_type, picture)
    if picture.entry_points and (count := bits.ue()):
        if count > MAX_ENTRY_POINTS:
            raise CencError(f"a slice of {count} entry points")
        bits.u(count * (bits.ue() + 1))
    if picture.header_extension:
        bits.u(8 * bits.ue())


def skip_slice_header(bits: BitString, nal_type: int, picture: HevcPicture) -> None:
    sequence = picture.sequence
    bits.u(picture.extra_bits)
    kind = bits.ue()
    bits.u(picture.output_flag + 2 * sequence.separate_colour_planes)
    references, temporal_mvp = 0, False
    if nal_type not in IDR:
        references = read_references(bits, picture)
        temporal_mvp = sequence.temporal_mvp and bits.flag()
    adaptive_offset = 0
    if sequence.sample_adaptive_offset:
        adaptive_offset = bits.u(2 if sequence.chroma_array_type else 1)
    if kind in (B, P):
        skip_prediction(bits, picture, kind, references, temporal_mvp=temporal_mvp)
    skip_quantisation(bits, picture)
    skip_deblocking(bits, picture, adaptive_offset=bool(adaptive_offset))


def read_references(bits: BitString, picture: HevcPicture) -> int:
    """Order count and reference pictures; how many the picture itself refers to (NumPicTotalCurr)."""
    sequence = picture.sequence
    bits.u(sequence.poc_lsb_bits)
    sets = sequence.reference_sets
    if not bits.flag():
        chosen = read_reference_set(bits, sets, in_slice=True)
    elif (index := bits.u(max(len(sets) - 1, 0).bit_length())) < len(sets):
        chosen = sets[index]
    else:
        raise CencError("a slice uses a set of reference pictures that is not there")
    used = sum(picture.used for picture in chosen)
    return used + read_long_term(bits, picture) if sequence.long_term_present else used


def read_long_term(bits: BitString, picture: HevcPicture) -> int:
    """Of the long-term reference pictures, how many the picture itself refers to."""
    sequence = picture.sequence
    listed = sequence.long_term_used
    chosen = bits.ue() if listed else 0
    total = chosen + bits.ue()
    if total > MAX_REFERENCES:
        raise CencError(f"a slice of {total} long-term reference pictures")
    used = 0
    for number in range(total):
        if number < chosen:
            index = bits.u((len(listed) - 1).bit_length())
            used += listed[index] if index < len(listed) else 0
        else:
            bits.u(sequence.poc_lsb_bits)
            used += bits.flag()
        if bits.flag():
            bits.ue()
    return used


def skip_prediction(
    bits: BitString, picture: HevcPicture, kind: int, references: int, *, temporal_mvp: bool
) -> None:
    lists = 2 if kind == B else 1
    counts = list(picture.references[:lists])
    if bits.flag():
        counts = [bits.ue() + 1 for _ in range(lists)]
    if max(counts) > MAX_REFERENCES:
        raise CencError(f"a slice of {max(counts)} references")
    if picture.lists_modification and references > 1:
        for count in counts:
            if bits.flag():
                bits.u(count * (references - 1).bit_length())
    if kind == B:
        bits.u(1)
    bits.u(picture.cabac_init)
    if temporal_mvp:
        of_second_list = kind == B and not bits.flag()
        if counts[of_second_list] > 1:
            bits.ue()
    if picture.weighted_prediction if kind == P else picture.weighted_biprediction:
        skip_weights(bits, counts, chroma=picture.sequence.chroma_array_type != 0)
    bits.ue()


def skip_weights(bits: BitString, counts: list[int], *, chroma: bool) -> None:
    """ITU-T H.265 7.3.6.3: all flags of a list come before its weights."""
    bits.ue()
    if chroma:
        bits.se()
    for count in counts:
        numbers = 2 * bits.u(count).bit_count()
        if chroma:
            numbers += 4 * bits.u(count).bit_count()
        for _ in range(numbers):
            bits.se()


def skip_quantisation(bits: BitString, picture: HevcPicture) -> None:
    bits.se()
    if picture.slice_chroma_offsets:
        bits.se(), bits.se()
    bits.u(picture.chroma_offset_lists)


def skip_deblocking(bits: BitString, picture: HevcPicture, *, adaptive_offset: bool) -> None:
    disabled = picture.deblocking_disabled
    if picture.deblocking_override and bits.flag():
        disabled = bits.flag()
        if not disabled:
            bits.se(), bits.se()
    if picture.filter_across_slices and (adaptive_offset or not disabled):
        bits.u(1)

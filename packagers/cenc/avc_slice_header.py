"""Where slice data start in an H.264 NAL unit: slice headers, read to their end (ITU-T H.264 7.3.3)."""

from collections.abc import Mapping

from packagers.cenc.avc_parameter_sets import PictureParameters
from packagers.cenc.bitstring import BitString, EndOfBitsError, escaped_size, unescape
from packagers.cenc.error import CencError

NAL_HEADER = 1
IDR = 5
B, SP, SI = 1, 3, 4
INTRA = {2, SI}
USUAL_BYTES, MAX_BYTES = 48, 4096
"""Most headers take a dozen bytes; 32 weighted references in two lists take some hundreds."""


def slice_header_size(nal: memoryview, pictures: Mapping[int, PictureParameters]) -> int:
    """Bytes from the start of a slice NAL unit to its first whole byte of slice data, escapes included.

    Raises `CencError` when the header is cut short or names a parameter set that is not there.
    """
    try:
        return measure(bytes(nal[:USUAL_BYTES]), pictures)
    except EndOfBitsError:
        return measure(bytes(nal[:MAX_BYTES]), pictures)


def measure(nal: bytes, pictures: Mapping[int, PictureParameters]) -> int:
    rbsp = unescape(nal)
    bits = BitString(rbsp[NAL_HEADER:])
    skip_slice_header(bits, rbsp[0] & 31 == IDR, rbsp[0] >> 5 & 3, pictures)
    return escaped_size(nal, NAL_HEADER + bits.bytes_used)


def skip_slice_header(
    bits: BitString, idr: bool, reference: int, pictures: Mapping[int, PictureParameters]
) -> None:
    bits.ue()
    kind = bits.ue() % 5
    number = bits.ue()
    picture = pictures.get(number)
    if picture is None:
        raise CencError(f"a slice uses picture parameter set {number}, which is not in avcC")
    skip_picture_order(bits, idr, picture)
    if kind == B:
        bits.u(1)
    if kind not in INTRA:
        references = reference_counts(bits, kind, picture)
        skip_reference_changes(bits, kind)
        if weighted(kind, picture):
            skip_weights(bits, references, picture.sequence.chroma_array_type != 0)
    if reference:
        skip_reference_marking(bits, idr)
    skip_quantisation_and_deblocking(bits, kind, picture)


def skip_picture_order(bits: BitString, idr: bool, picture: PictureParameters) -> None:
    sequence = picture.sequence
    bits.u(2 * sequence.separate_colour_planes + sequence.frame_num_bits)
    is_field = not sequence.frame_mbs_only and bits.flag()
    if is_field:
        bits.u(1)
    if idr:
        bits.ue()
    deltas = picture.field_order_present and not is_field
    if sequence.poc_type == 0:
        bits.u(sequence.poc_lsb_bits)
    elif sequence.poc_type == 1 and not sequence.delta_pic_order_always_zero:
        bits.se()
    else:
        deltas = False
    if deltas:
        bits.se()
    if picture.redundant_pictures:
        bits.ue()


def reference_counts(bits: BitString, kind: int, picture: PictureParameters) -> list[int]:
    """Entries of each reference list that the slice has."""
    lists = 2 if kind == B else 1
    if bits.flag():
        return [bits.ue() + 1 for _ in range(lists)]
    return list(picture.references[:lists])


def skip_reference_changes(bits: BitString, kind: int) -> None:
    for _ in range(2 if kind == B else 1):
        if bits.flag():
            while bits.ue() != 3:
                bits.ue()


def weighted(kind: int, picture: PictureParameters) -> bool:
    if kind == B:
        return picture.weighted_biprediction == 1
    return picture.weighted_prediction


def skip_weights(bits: BitString, references: list[int], chroma: bool) -> None:
    """ITU-T H.264 7.3.3.2: a weight and an offset of luma, two of each of chroma."""
    bits.ue()
    if chroma:
        bits.ue()
    for _ in range(sum(references)):
        numbers = 2 * bits.flag()
        for _ in range(numbers):
            bits.se()
        numbers = 4 * bits.flag() if chroma else 0
        for _ in range(numbers):
            bits.se()


def skip_reference_marking(bits: BitString, idr: bool) -> None:
    if idr:
        bits.u(2)
    elif bits.flag():
        while operation := bits.ue():
            for _ in range({3: 2, 5: 0}.get(operation, 1)):
                bits.ue()


def skip_quantisation_and_deblocking(bits: BitString, kind: int, picture: PictureParameters) -> None:
    if picture.cabac and kind not in INTRA:
        bits.ue()
    bits.se()
    if kind == SP:
        bits.u(1)
    if kind in (SP, SI):
        bits.se()
    if picture.deblocking_control and bits.ue() != 1:
        bits.se(), bits.se()

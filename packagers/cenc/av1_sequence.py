"""AV1 sequence headers, as far as frame headers depend on them (AV1 5.5)."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from packagers.cenc.bitstring import BitString

SELECT = 2
"""seq_force_screen_content_tools and seq_force_integer_mv: each frame tells."""
BT709, SRGB, IDENTITY = 1, 13, 0


class DecoderModel(NamedTuple):
    """Lengths of fields in bits, and which operating points have them, with their layers."""

    delay_bits: int
    removal_bits: int
    presentation_bits: int


class Tools(NamedTuple):
    """What frames may use. Names as in the standard."""

    warped_motion: bool = False
    order_hint_bits: int = 0
    ref_frame_mvs: bool = False
    screen_content_tools: int = SELECT
    integer_mv: int = SELECT


class Colour(NamedTuple):
    """Planes of a picture: 1 or 3, with chroma subsampled or not."""

    planes: int
    subsampled: bool
    separate_uv_delta_q: bool


@dataclass(frozen=True)
class SequenceHeader:
    """Names as in the standard; `points` are idc and decoder_model_present of each operating point;
    `presentation_bits` are those of frame_presentation_time, 0 where frames have none."""

    reduced: bool
    points: tuple[tuple[int, bool], ...]
    model: DecoderModel | None
    presentation_bits: int
    width_bits: int
    height_bits: int
    max_width: int
    max_height: int
    delta_id_bits: int
    id_bits: int
    large_superblocks: bool
    tools: Tools
    superres: bool
    cdef: bool
    restoration: bool
    colour: Colour
    film_grain: bool

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """From the payload of the OBU. Raises `CencError` when it is cut short."""
        bits = BitString(payload)
        profile, _, reduced = bits.u(3), bits.u(1), bits.flag()
        points: tuple[tuple[int, bool], ...] = ((0, False),)
        model, presentation_bits = None, 0
        if reduced:
            bits.u(5)
        else:
            model, equal_interval = read_timing(bits)
            presentation_bits = model.presentation_bits if model and not equal_interval else 0
            points = read_operating_points(bits, model)
        width_bits, height_bits = bits.u(4) + 1, bits.u(4) + 1
        max_width, max_height = bits.u(width_bits) + 1, bits.u(height_bits) + 1
        delta_id_bits, id_bits = (0, 0) if reduced else read_id_bits(bits)
        large = bits.flag()
        bits.u(2)
        tools = Tools() if reduced else read_tools(bits)
        return cls(
            reduced, points, model, presentation_bits, width_bits, height_bits, max_width, max_height,
            delta_id_bits, id_bits, large, tools, bits.flag(), bits.flag(), bits.flag(),
            read_colour(bits, profile), bits.flag(),
        )  # fmt: skip


def read_timing(bits: BitString) -> tuple[DecoderModel | None, bool]:
    """The decoder model, and equal_picture_interval."""
    if not bits.flag():
        return None, False
    bits.u(64)
    equal_interval = bits.flag()
    if equal_interval:
        bits.ue()
    if not bits.flag():
        return None, equal_interval
    delay_bits = bits.u(5) + 1
    bits.u(32)
    return DecoderModel(delay_bits, bits.u(5) + 1, bits.u(5) + 1), equal_interval


def read_operating_points(bits: BitString, model: DecoderModel | None) -> tuple[tuple[int, bool], ...]:
    display_delay = bits.flag()
    points = []
    for _ in range(bits.u(5) + 1):
        idc, level = bits.u(12), bits.u(5)
        bits.u(level > 7)
        modelled = model is not None and bits.flag()
        if model and modelled:
            bits.u(2 * model.delay_bits + 1)
        if display_delay and bits.flag():
            bits.u(4)
        points.append((idc, modelled))
    return tuple(points)


def read_id_bits(bits: BitString) -> tuple[int, int]:
    """Lengths of delta_frame_id and of frame ids; 0 when frames have none."""
    if not bits.flag():
        return 0, 0
    delta_bits = bits.u(4) + 2
    return delta_bits, delta_bits + bits.u(3) + 1


def read_tools(bits: BitString) -> Tools:
    bits.u(2)
    warped = bits.flag()
    bits.u(1)
    order_hint = bits.flag()
    bits.u(order_hint)
    ref_frame_mvs = order_hint and bits.flag()
    screen_content = SELECT if bits.flag() else bits.u(1)
    integer_mv = SELECT
    if screen_content and not bits.flag():
        integer_mv = bits.u(1)
    order_hint_bits = bits.u(3) + 1 if order_hint else 0
    return Tools(warped, order_hint_bits, ref_frame_mvs, screen_content, integer_mv)


def read_colour(bits: BitString, profile: int) -> Colour:
    """AV1 5.5.2."""
    high = bits.flag()
    twelve = profile == 2 and high and bits.flag()
    monochrome = profile != 1 and bits.flag()
    description = (bits.u(8), bits.u(8), bits.u(8)) if bits.flag() else None
    if monochrome:
        bits.u(1)
        return Colour(1, True, False)
    if description == (BT709, SRGB, IDENTITY):
        return Colour(3, False, bits.flag())
    bits.u(1)
    across, down = profile != 1, profile == 0
    if twelve:
        across = bits.flag()
        down = across and bits.flag()
    if across and down:
        bits.u(2)
    return Colour(3, across and down, bits.flag())

"""AV1 frame headers, read to their end, where the tiles of a frame start (AV1 5.9.2)."""

from collections.abc import Iterable
from typing import NamedTuple

from packagers.cenc import av1_frame_parameters as parameters
from packagers.cenc.av1_reference import (
    REFERENCES,
    SLOTS,
    FrameSize,
    Reference,
    Slots,
    distance,
    reference,
    short_references,
)
from packagers.cenc.av1_sequence import SELECT, SequenceHeader
from packagers.cenc.av1_tiles import TileLayout, read_tile_layout
from packagers.cenc.bitstring import BitString

KEY, INTER, INTRA_ONLY, SWITCH = range(4)
NO_PRIMARY = 7
ALL_SLOTS = 0xFF
SUPERRES_NUMERATOR, SUPERRES_MIN = 8, 9


class Layers(NamedTuple):
    """Of an OBU with an extension header."""

    temporal: int = 0
    spatial: int = 0


class FrameHeader(NamedTuple):
    """`tiles` is None when the frame is one decoded before. `slots` are the references after the frame;
    `size` is the header's, in bytes, the last perhaps in part."""

    tiles: TileLayout | None
    slots: Slots
    size: int


def read_frame_header(payload: bytes, sequence: SequenceHeader, slots: Slots, layers: Layers) -> FrameHeader:
    """Raises `CencError` when the header is cut short, or depends on frames that are not in `slots`."""
    return FrameHeaderReader(BitString(payload), sequence, slots, layers).read()


class FrameHeaderReader:
    """Names as in the standard; methods read the syntax elements in their order."""

    def __init__(self, bits: BitString, sequence: SequenceHeader, slots: Slots, layers: Layers) -> None:
        self.bits = bits
        self.sequence = sequence
        self.slots = slots
        self.layers = layers
        self.frame_type, self.show_frame, self.showable = KEY, True, False
        self.error_resilient = True
        self.primary = NO_PRIMARY
        self.screen_content = self.integer_mv = self.override = False
        self.order_hint, self.refresh = 0, ALL_SLOTS
        self.size = FrameSize(0, 0, 0)
        self.intrabc = self.high_precision = False
        self.references: list[int] = []

    @property
    def intra(self) -> bool:
        return self.frame_type in (KEY, INTRA_ONLY)

    @property
    def shown_key(self) -> bool:
        return self.frame_type == KEY and self.show_frame

    def read(self) -> FrameHeader:
        bits, sequence = self.bits, self.sequence
        if not sequence.reduced:
            if bits.flag():
                return self.existing_frame()
            self.read_type()
        no_cdf_update = bits.flag()
        self.read_motion_precision()
        self.read_order()
        self.read_buffer_removal()
        self.read_refresh()
        if self.intra:
            self.read_size()
            self.intrabc = self.screen_content and self.size.upscaled_width == self.size.width and bits.flag()
        else:
            self.read_references()
        bits.u(not sequence.reduced and not no_cdf_update)
        tiles = read_tile_layout(bits, sequence, self.size.width, self.size.height)
        quantisers = self.read_parameters()
        return FrameHeader(tiles, self.refreshed(quantisers), bits.bytes_used)

    def existing_frame(self) -> FrameHeader:
        """A key frame that is shown late takes all slots, as if it were decoded now (AV1 7.21)."""
        index = self.bits.u(3)
        self.bits.u(self.sequence.presentation_bits + self.sequence.id_bits)
        shown = self.slots[index]
        slots = (shown,) * SLOTS if shown and shown.frame_type == KEY else self.slots
        return FrameHeader(None, slots, self.bits.bytes_used)

    def read_type(self) -> None:
        bits = self.bits
        self.frame_type, self.show_frame = bits.u(2), bits.flag()
        if self.show_frame:
            bits.u(self.sequence.presentation_bits)
            self.showable = self.frame_type != KEY
        else:
            self.showable = bits.flag()
        self.error_resilient = self.frame_type == SWITCH or self.shown_key or bits.flag()

    def read_motion_precision(self) -> None:
        """Screen content tools, and with them whether motion is of whole pixels."""
        bits, tools = self.bits, self.sequence.tools
        self.screen_content = bool(
            bits.u(1) if tools.screen_content_tools == SELECT else tools.screen_content_tools
        )
        if self.screen_content:
            self.integer_mv = bool(bits.u(1) if tools.integer_mv == SELECT else tools.integer_mv)

    def read_order(self) -> None:
        bits = self.bits
        bits.u(self.sequence.id_bits)
        self.override = self.frame_type == SWITCH or (not self.sequence.reduced and bits.flag())
        self.order_hint = bits.u(self.sequence.tools.order_hint_bits)
        if not self.intra and not self.error_resilient:
            self.primary = bits.u(3)

    def read_buffer_removal(self) -> None:
        model = self.sequence.model
        if model is None or not self.bits.flag():
            return
        for idc, modelled in self.sequence.points:
            in_layers = idc >> self.layers.temporal & idc >> self.layers.spatial + 8 & 1
            if modelled and (not idc or in_layers):
                self.bits.u(model.removal_bits)

    def read_refresh(self) -> None:
        if self.frame_type != SWITCH and not self.shown_key:
            self.refresh = self.bits.u(8)
        stated = self.error_resilient and (not self.intra or self.refresh != ALL_SLOTS)
        if stated:
            self.bits.u(SLOTS * self.sequence.tools.order_hint_bits)

    def read_references(self) -> None:
        bits, tools = self.bits, self.sequence.tools
        short = tools.order_hint_bits and bits.flag()
        if short:
            last, golden = bits.u(3), bits.u(3)
            self.references = short_references(self.distances(range(SLOTS)), last, golden)
        for _ in range(REFERENCES):
            if not short:
                self.references.append(bits.u(3))
            bits.u(self.sequence.delta_id_bits)
        if not (self.override and not self.error_resilient and self.size_of_reference()):
            self.read_size()
        self.high_precision = not self.integer_mv and bits.flag()
        if not bits.flag():
            bits.u(2)
        bits.u(1)
        bits.u(not self.error_resilient and tools.ref_frame_mvs)

    def distances(self, slots: Iterable[int]) -> list[int]:
        """Of frames in such slots to this one: earlier ones are negative."""
        bits = self.sequence.tools.order_hint_bits
        return [distance(reference(self.slots, slot).order_hint, self.order_hint, bits) for slot in slots]

    def size_of_reference(self) -> bool:
        """The size of a frame referred to, if a flag says so."""
        for slot in self.references:
            if self.bits.flag():
                size = reference(self.slots, slot).size
                self.size = self.superresolved(size.upscaled_width, size.height)
                return True
        return False

    def read_size(self) -> None:
        """Frame size and render size."""
        bits, sequence = self.bits, self.sequence
        width, height = sequence.max_width, sequence.max_height
        if self.override:
            width, height = bits.u(sequence.width_bits) + 1, bits.u(sequence.height_bits) + 1
        self.size = self.superresolved(width, height)
        if bits.flag():
            bits.u(32)

    def superresolved(self, width: int, height: int) -> FrameSize:
        coded = width
        if self.sequence.superres and self.bits.flag():
            denominator = self.bits.u(3) + SUPERRES_MIN
            coded = (width * SUPERRES_NUMERATOR + denominator // 2) // denominator
        return FrameSize(width, coded, height)

    def read_parameters(self) -> parameters.Quantisers:
        """What comes behind the tiles; the quantisers of segments, which later frames may keep."""
        bits, sequence = self.bits, self.sequence
        colour = sequence.colour
        quantisation = parameters.read_quantisation(bits, colour)
        quantisers = parameters.read_segmentation(bits, self.earlier_quantisers)
        parameters.skip_quantiser_deltas(bits, quantisation.base, intrabc=self.intrabc)
        lossless = quantisation.lossless(quantisers)
        if not lossless and not self.intrabc:
            parameters.skip_loop_filter(bits, colour.planes)
            if sequence.cdef:
                parameters.skip_cdef(bits, colour.planes)
        upscaled = self.size.upscaled_width != self.size.width
        if sequence.restoration and not self.intrabc and (upscaled or not lossless):
            parameters.skip_restoration(bits, colour, large_superblocks=sequence.large_superblocks)
        bits.u(not lossless)
        self.skip_modes()
        if not self.intra:
            parameters.skip_global_motion(bits, high_precision=self.high_precision)
        if sequence.film_grain and (self.show_frame or self.showable):
            parameters.skip_film_grain(bits, colour, inter=self.frame_type == INTER)
        return quantisers

    def earlier_quantisers(self) -> parameters.Quantisers | None:
        """Of the frame whose state this one goes on with; None when it starts anew."""
        if self.primary == NO_PRIMARY:
            return None
        return reference(self.slots, self.references[self.primary]).quantisers

    def skip_modes(self) -> None:
        """From reference_select to reduced_tx_set."""
        bits = self.bits
        reference_select = not self.intra and bits.flag()
        bits.u(bool(reference_select) and self.skip_mode_allowed())
        bits.u(not self.intra and not self.error_resilient and self.sequence.tools.warped_motion)
        bits.u(1)

    def skip_mode_allowed(self) -> bool:
        """With a reference on either side, or two earlier ones (AV1 5.9.22)."""
        if not self.sequence.tools.order_hint_bits:
            return False
        distances = self.distances(self.references)
        earlier = {far for far in distances if far < 0}
        return bool(earlier) and (len(earlier) > 1 or max(distances) > 0)

    def refreshed(self, quantisers: parameters.Quantisers) -> Slots:
        saved = Reference(self.frame_type, self.order_hint, self.size, quantisers)
        return tuple(saved if self.refresh >> slot & 1 else kept for slot, kept in enumerate(self.slots))

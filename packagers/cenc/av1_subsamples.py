"""AV1 samples: their OBUs, and what of them is protected (AV1 5.3, AV1 ISOBMFF binding 4)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from packagers.cenc.av1_frame_header import FrameHeader, Layers, read_frame_header
from packagers.cenc.av1_reference import EMPTY
from packagers.cenc.av1_sequence import SequenceHeader
from packagers.cenc.av1_tiles import TileLayout, tile_group
from packagers.cenc.bitstring import EndOfBitsError
from packagers.cenc.error import CencError
from packagers.cenc.subsamples import Integers, Subsamples, subsamples
from packagers.mp4.decoder_config import Av1Configuration

SEQUENCE_HEADER, FRAME_HEADER, TILE_GROUP, FRAME, REDUNDANT_FRAME_HEADER, TILE_LIST = 1, 3, 4, 6, 7, 8
USUAL_BYTES, MAX_BYTES = 128, 4096
MAX_SIZE_BYTES = 8


class Obu(NamedTuple):
    """Its type and layers, and where its payload lies."""

    type: int
    layers: Layers
    start: int
    end: int


def obus(data: memoryview, at: int, end: int) -> Iterator[Obu]:
    """Of the sample between `at` and `end`. `CencError` when they do not fill it."""
    while at < end:
        head = data[at]
        layers = Layers()
        at += 1
        if head & 4 and at < end:
            layers = Layers(data[at] >> 5, data[at] >> 3 & 3)
            at += 1
        size = end - at
        if head & 2:
            size, at = read_size(data, at, end)
        if head & 0x80 or size < 0 or at + size > end:
            raise CencError("an OBU is broken, or longer than its sample")
        yield Obu(head >> 3 & 15, layers, at, at + size)
        at += size


def read_size(data: memoryview, at: int, end: int) -> tuple[int, int]:
    """A number in bytes of seven bits, lowest first (AV1 4.10.5), and where it ends."""
    size = 0
    for number, byte in enumerate(data[at : min(end, at + MAX_SIZE_BYTES)]):
        size |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return size, at + number + 1
    raise CencError("the size of an OBU is cut short")


class Av1Subsamples:
    """Tiles are protected; headers of OBUs and frames, sizes of tiles, and other OBUs stay clear."""

    def __init__(self, config: Av1Configuration, *, whole_blocks: bool) -> None:
        self._whole_blocks = whole_blocks
        stored = memoryview(config.config_obus)
        headers = [obu for obu in obus(stored, 0, len(stored)) if obu.type == SEQUENCE_HEADER]
        self._sequence = SequenceHeader.parse(bytes(stored[headers[0].start :])) if headers else None

    def find(self, data: memoryview, places: Integers, sizes: Integers) -> Subsamples:
        """Subsamples of the samples at `places`, of which the first starts a GOP.

        Raises `CencError` when a sample is not of OBUs, or depends on frames before the first.
        """
        frames = FrameReader(data, self._sequence)
        rows: list[tuple[int, int, int]] = []
        for number, (place, size) in enumerate(zip(places.tolist(), sizes.tolist(), strict=True)):
            at = place
            for start, length in frames.tiles(place, place + size):
                rows.append((number, start - at, length))
                at = start + length
            if at < place + size:
                rows.append((number, place + size - at, 0))
        sample, clear, protected = np.array(rows, np.int64).reshape(-1, 3).T
        return subsamples(sample, clear, protected, whole_blocks=self._whole_blocks)


class FrameReader:
    """Reads the frames of consecutive samples; what one decides about the next is kept here."""

    def __init__(self, data: memoryview, sequence: SequenceHeader | None) -> None:
        self._data = data
        self._sequence = sequence
        self._slots = EMPTY
        self._layout: TileLayout | None = None

    def tiles(self, at: int, end: int) -> Iterator[tuple[int, int]]:
        """Place and size of each tile of the sample between `at` and `end`."""
        for obu in obus(self._data, at, end):
            if obu.type == SEQUENCE_HEADER:
                self._sequence = SequenceHeader.parse(bytes(self._data[obu.start : obu.end]))
            elif obu.type in (FRAME_HEADER, FRAME) and self._layout is None:
                header = self._frame_header(obu)
                if obu.type == FRAME:
                    yield from self._tile_group(obu.start + header.size, obu.end)
            elif obu.type == TILE_GROUP:
                yield from self._tile_group(obu.start, obu.end)
            elif obu.type in (FRAME, TILE_LIST):
                raise CencError(f"an OBU of type {obu.type} where none is due")

    def _frame_header(self, obu: Obu) -> FrameHeader:
        if self._sequence is None:
            raise CencError("an AV1 frame comes before any sequence header")
        try:
            header = self._read(obu, USUAL_BYTES, self._sequence)
        except EndOfBitsError:
            header = self._read(obu, MAX_BYTES, self._sequence)
        self._layout, self._slots = header.tiles, header.slots
        return header

    def _read(self, obu: Obu, most: int, sequence: SequenceHeader) -> FrameHeader:
        payload = bytes(self._data[obu.start : min(obu.end, obu.start + most)])
        return read_frame_header(payload, sequence, self._slots, obu.layers)

    def _tile_group(self, at: int, end: int) -> list[tuple[int, int]]:
        if self._layout is None:
            raise CencError("AV1 tiles come before the header of their frame")
        group = tile_group(self._data, at, end, self._layout)
        if group.last:
            self._layout = None
        return group.tiles

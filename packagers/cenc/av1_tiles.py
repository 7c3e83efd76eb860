"""Tiles of AV1 frames: how many there are, and where they lie in a tile group (AV1 5.9.15 and 5.11.1)."""

from collections.abc import Iterator
from typing import NamedTuple

from packagers.cenc.av1_sequence import SequenceHeader
from packagers.cenc.bitstring import BitString
from packagers.cenc.error import CencError

MAX_WIDTH, MAX_AREA = 4096, 4096 * 2304
MAX_COLUMNS = MAX_ROWS = 64
TILE_GROUP_HEADER = 4


class TileLayout(NamedTuple):
    """Number of tiles, bits that tell one of them, and bytes that each but the last has for its size."""

    tiles: int
    number_bits: int
    size_bytes: int


def read_tile_layout(bits: BitString, sequence: SequenceHeader, width: int, height: int) -> TileLayout:
    """Of a frame of so many pixels, which superresolution may have made narrower."""
    shift = 7 if sequence.large_superblocks else 6
    across, down = (((side + 7 & ~7) - 1 >> shift) + 1 for side in (width, height))
    widest, largest = MAX_WIDTH >> shift, MAX_AREA >> 2 * shift
    min_log_columns = tile_log2(widest, across)
    min_log = max(min_log_columns, tile_log2(largest, across * down))
    if bits.flag():
        log_columns, columns = read_uniform(bits, across, min_log_columns, MAX_COLUMNS)
        log_rows, rows = read_uniform(bits, down, max(min_log - log_columns, 0), MAX_ROWS)
    else:
        widths = read_sizes(bits, across, widest)
        area = across * down >> min_log + 1 if min_log else across * down
        rows = len(read_sizes(bits, down, max(area // max(widths), 1)))
        columns = len(widths)
        log_columns, log_rows = tile_log2(1, columns), tile_log2(1, rows)
    if not log_columns + log_rows:
        return TileLayout(1, 0, 0)
    bits.u(log_columns + log_rows)
    return TileLayout(columns * rows, log_columns + log_rows, bits.u(2) + 1)


def tile_log2(size: int, target: int) -> int:
    """The smallest k for which `size << k` is at least `target`."""
    return (-(-target // size) - 1).bit_length()


def read_uniform(bits: BitString, blocks: int, log: int, most: int) -> tuple[int, int]:
    """Binary logarithm of the tiles along one side as it is written, and how many there are of it."""
    last = tile_log2(1, min(blocks, most))
    while log < last and bits.flag():
        log += 1
    size = blocks + (1 << log) - 1 >> log
    return log, -(-blocks // size)


def read_sizes(bits: BitString, blocks: int, most: int) -> list[int]:
    sizes = []
    while blocks > 0:
        sizes.append(bits.ns(min(blocks, most)) + 1)
        blocks -= sizes[-1]
    return sizes


class TileGroup(NamedTuple):
    """Place and size of each tile, and whether the last tile of the frame is among them."""

    tiles: list[tuple[int, int]]
    last: bool


def tile_group(data: memoryview, at: int, end: int, layout: TileLayout) -> TileGroup:
    """Of the group between `at` and `end`. Raises `CencError` when its tiles do not fill it."""
    bits = BitString(bytes(data[at : min(end, at + TILE_GROUP_HEADER)]))
    first, last = 0, layout.tiles - 1
    if layout.tiles > 1 and bits.flag():
        first, last = bits.u(layout.number_bits), bits.u(layout.number_bits)
    if not first <= last < layout.tiles:
        raise CencError(f"a tile group from {first} to {last} in a frame of {layout.tiles} tiles")
    tiles = list(sized_tiles(data, at + bits.bytes_used, end, layout.size_bytes, last - first))
    return TileGroup(tiles, last == layout.tiles - 1)


def sized_tiles(
    data: memoryview, at: int, end: int, size_bytes: int, sized: int
) -> Iterator[tuple[int, int]]:
    """All tiles but the last have their size, less 1, before them."""
    for _ in range(sized):
        size = int.from_bytes(data[at : at + size_bytes], "little") + 1
        at += size_bytes
        if at + size > end:
            raise CencError("a tile is longer than its group")
        yield at, size
        at += size
    if at >= end:
        raise CencError("the last tile of a group is empty")
    yield at, end - at

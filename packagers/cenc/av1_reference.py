"""What later AV1 frames need of earlier ones to be read (AV1 7.20), and which of them they mean (7.8)."""

from collections.abc import Sequence
from typing import NamedTuple

from packagers.cenc.error import CencError

SLOTS, REFERENCES = 8, 7
GOLDEN = 3
CHOICES = (
    (6, True, max), (4, True, min), (5, True, min),
    (1, False, max), (2, False, max), (4, False, max), (5, False, max), (6, False, max),
)  # fmt: skip
"""Of references in turn: whether of the later frames or of the earlier ones, and which end of those."""


class FrameSize(NamedTuple):
    """Pixels. `upscaled_width` is that before superresolution made the coded frame narrower."""

    upscaled_width: int
    width: int
    height: int


class Reference(NamedTuple):
    """A decoded frame; `quantisers` has the change of each segment that has one."""

    frame_type: int
    order_hint: int
    size: FrameSize
    quantisers: tuple[int | None, ...]


Slots = tuple[Reference | None, ...]
EMPTY: Slots = (None,) * SLOTS


def reference(slots: Slots, index: int) -> Reference:
    """Raises `CencError` when there is none, as after a start in the middle of a GOP."""
    found = slots[index]
    if found is None:
        raise CencError("an AV1 frame depends on frames before the fragment, which are not known")
    return found


def distance(first: int, second: int, bits: int) -> int:
    """Of two order hints, which wrap around (AV1 5.9.3)."""
    if not bits:
        return 0
    difference = first - second
    half = 1 << (bits - 1)
    return (difference & (half - 1)) - (difference & half)


def short_references(distances: Sequence[int], last: int, golden: int) -> list[int]:
    """The slot of each reference, from two of them and each slot's distance to the current frame."""

    def rank(slot: int) -> tuple[int, int]:
        return distances[slot], slot

    chosen = {0: last, GOLDEN: golden}
    free = [slot for slot in range(SLOTS) if slot not in (last, golden)]
    for number, later, end in CHOICES:
        slots = [slot for slot in free if (distances[slot] >= 0) == later]
        if number not in chosen and slots:
            chosen[number] = end(slots, key=rank)
            free.remove(chosen[number])
    rest = min(range(SLOTS), key=rank)
    return [chosen.get(number, rest) for number in range(REFERENCES)]

"""Short-term reference picture sets of H.265 (ITU-T H.265 7.3.7 and 7.4.8)."""

from collections.abc import Sequence
from typing import NamedTuple

from packagers.cenc.bitstring import BitString
from packagers.cenc.error import CencError

MAX_PICTURES = 16


class ReferencePicture(NamedTuple):
    """Distance in picture order, and whether the current picture itself refers to it."""

    distance: int
    used: bool


ReferenceSet = tuple[ReferencePicture, ...]
"""Earlier pictures, nearest first, then later ones, nearest first."""


def read_reference_set(bits: BitString, sets: Sequence[ReferenceSet], *, in_slice: bool) -> ReferenceSet:
    """The set behind those in `sets`; one in a slice header may say which of them it is made from.

    Raises `CencError` for a set of more pictures than any decoder holds.
    """
    if sets and bits.flag():
        found = predicted(bits, sets, in_slice=in_slice)
    else:
        earlier, later = bits.ue(), bits.ue()
        if earlier + later > MAX_PICTURES:
            raise CencError(f"a set of {earlier + later} reference pictures")
        found = (*explicit(bits, earlier, -1), *explicit(bits, later, 1))
    return found


def explicit(bits: BitString, count: int, sign: int) -> list[ReferencePicture]:
    distance, found = 0, []
    for _ in range(count):
        distance += sign * (bits.ue() + 1)
        found.append(ReferencePicture(distance, bits.flag()))
    return found


def predicted(bits: BitString, sets: Sequence[ReferenceSet], *, in_slice: bool) -> ReferenceSet:
    """Another set, moved by a distance: some of its pictures, and the picture that it belonged to."""
    back = bits.ue() + 1 if in_slice else 1
    if back > len(sets):
        raise CencError("a set of reference pictures is made from one that is not there")
    negative = bits.flag()
    moved = -(bits.ue() + 1) if negative else bits.ue() + 1
    found = []
    for distance in (*(picture.distance for picture in sets[-back]), 0):
        used = bits.flag()
        if (used or bits.flag()) and distance + moved:
            found.append(ReferencePicture(distance + moved, used))
    earlier = sorted((p for p in found if p.distance < 0), reverse=True)
    return (*earlier, *sorted(p for p in found if p.distance > 0))

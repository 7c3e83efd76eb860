"""Slice headers of H.264 as regular expressions over bits, written as characters (ITU-T H.264 7.3.3).

Exp-Golomb codes are no regular language, but those of numbers below 2**17 are, and no element of a header
but first_mb_in_slice, of pictures beyond all levels, is larger. Choices that fewer bits decide are
written out as codes: 1 is 0, 010 is 1, 011 is 2, 00100 is 3, and so on (9.1).
"""

import re
from dataclasses import dataclass

from packagers.cenc.avc_parameter_sets import PictureParameters
from packagers.cenc.error import CencError

IDR = 5
P, B, SP, SI = 0, 1, 3, 4
INTRA = {2, SI}
MAX_REFERENCES = 32

UE = b"(?>" + b"|".join(b"0" * zeros + b"1" + b"." * zeros for zeros in range(17)) + b")"
SE = UE
START = re.compile(b"(.{8})" + UE + b"(" + UE + b")(" + UE + b")")
"""NAL header, first_mb_in_slice, slice_type and pic_parameter_set_id."""
LIST_CHANGES = b"(?:0|1(?:(?!00100)" + UE + b"{2})*00100)"
"""Of one list of references; operation 3 ends them."""
MARKING = b"(?:0|1(?:00110|(?!1|00110)(?:00100)?" + UE + b"{2})*1)"
"""Of references: operation 0 ends them, 5 has no argument, 3 has two, others have one."""
DEBLOCKING = b"(?:010|(?!010)" + UE + b"{3})"
"""disable_deblocking_filter_idc, and two offsets unless it is 1."""


def number(code: bytes) -> int:
    """Of an unsigned Exp-Golomb code."""
    return int(code, 2) - 1


@dataclass(frozen=True)
class SliceGrammar:
    """Of slices of one kind that use one picture parameter set: what comes behind `START`."""

    picture: PictureParameters
    kind: int
    idr: bool
    reference: bool

    @property
    def lists(self) -> int:
        """Of references."""
        return {B: 2, P: 1, SP: 1}.get(self.kind, 0)

    @property
    def weighted(self) -> bool:
        if self.kind == B:
            return self.picture.weighted_biprediction == 1
        return self.picture.weighted_prediction and bool(self.lists)

    @property
    def before_weights(self) -> bytes:
        """Group 1 is what says how many references there are."""
        return self.before_weights_of(b"")

    def before_weights_of(self, counts: bytes) -> bytes:
        """With such bits for the numbers of references, or with any."""
        sequence = self.picture.sequence
        ids = b".{%d}" % (2 * sequence.separate_colour_planes + sequence.frame_num_bits)
        order = self._order(field=False)
        if not sequence.frame_mbs_only:
            order = b"(?:0" + order + b"|1." + self._order(field=True) + b")"
        counts = counts or (b"0|1" + UE * self.lists if self.lists else b"")
        direct = b"." if self.kind == B else b""
        return ids + order + direct + b"(" + counts + b")" + LIST_CHANGES * self.lists

    def _order(self, *, field: bool) -> bytes:
        """idr_pic_id, picture order count, redundant_pic_cnt."""
        picture, sequence = self.picture, self.picture.sequence
        deltas = 0
        if sequence.poc_type == 1 and not sequence.delta_pic_order_always_zero:
            deltas = 1
        if (deltas or sequence.poc_type == 0) and picture.field_order_present and not field:
            deltas += 1
        return (
            UE * self.idr + b".{%d}" % sequence.poc_lsb_bits + SE * deltas + UE * picture.redundant_pictures
        )

    def weights(self, counts: bytes) -> bytes:
        """pred_weight_table, after such bits for the numbers of references. `CencError` for too many."""
        references = self.picture.references[: self.lists]
        if counts != b"0":
            references = tuple(number(code) + 1 for code in re.findall(UE, counts[1:]))
        if max(references) > MAX_REFERENCES:
            raise CencError(f"a slice of {max(references)} references")
        chroma = self.picture.sequence.chroma_array_type != 0
        weight = b"(?:0|1" + SE + b"{2})" + (b"(?:0|1" + SE + b"{4})") * chroma
        return UE * (1 + chroma) + b"(?:" + weight + b"){%d}" % sum(references)

    @property
    def behind_weights(self) -> bytes:
        marking = (b".." if self.idr else MARKING) * self.reference
        cabac = UE * (self.picture.cabac and self.kind not in INTRA)
        switching = {SP: b"." + SE, SI: SE}.get(self.kind, b"")
        return marking + cabac + SE + switching + DEBLOCKING * self.picture.deblocking_control

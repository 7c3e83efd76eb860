"""Sample groups of type `seig`: fragments that do not follow `tenc` (ISO/IEC 23001-7 6)."""

from packagers.cenc.error import CencError
from packagers.mp4.box import Box, Parent
from packagers.mp4.sample_group import GROUPS, IN_FRAGMENT, SampleGroupDescription, SampleToGroup

SEIG = "seig"
CLEAR = bytes(20)
"""Reserved byte, pattern, isProtected, size of IVs and KID: all of them 0 when samples are clear."""
IS_PROTECTED = 2


def clear_groups(samples: int) -> list[Box]:
    """`sgpd` and `sbgp` that say of all samples of a fragment that they are not protected."""
    groups = GROUPS.table(sample_count=[samples], group_description_index=[IN_FRAGMENT + 1])
    return [
        SampleGroupDescription(grouping_type=SEIG, default_length=len(CLEAR), descriptions=CLEAR),
        SampleToGroup(grouping_type=SEIG, groups=groups),
    ]


def is_key_group(box: Box) -> bool:
    return isinstance(box, SampleGroupDescription | SampleToGroup) and box.grouping_type == SEIG


def is_clear(track: Parent, samples: int) -> bool:
    """Whether groups say of all samples of a `traf` that they are not protected.

    Raises `CencError` when groups say anything else, such as another key.
    """
    found = [box for box in track.children if is_key_group(box)]
    if not found:
        return False
    match found:
        case [SampleGroupDescription() as described, SampleToGroup(groups=groups)]:
            indices = set(groups["group_description_index"].tolist())
            clear = described.descriptions[IS_PROTECTED : IS_PROTECTED + 1] == b"\0"
            sized = (described.default_length or 0) >= len(CLEAR)
            if sized and clear and indices == {IN_FRAGMENT + 1} and groups["sample_count"].sum() == samples:
                return True
    raise CencError("sample groups that change keys are not supported")

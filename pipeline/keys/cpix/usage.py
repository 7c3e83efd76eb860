"""Usage rules: which tracks a key is for."""

from collections.abc import Iterable, Mapping

from pipeline.keys.classes import KeyClass
from pipeline.keys.cpix.document import Element, add

PERIOD = "period-1"
"""Keys of a title do not change with time: one period is all of it."""

SD_PIXELS = 1024 * 576
HD_PIXELS = 1920 * 1080

FILTERS: Mapping[KeyClass, tuple[str, Mapping[str, str]]] = {
    "audio": ("AudioFilter", {}),
    "sd": ("VideoFilter", {"maxPixels": str(SD_PIXELS)}),
    "hd": ("VideoFilter", {"minPixels": str(SD_PIXELS + 1), "maxPixels": str(HD_PIXELS)}),
    "uhd": ("VideoFilter", {"minPixels": str(HD_PIXELS + 1)}),
}
"""CPIX counts pixels, not lines (SPEKE 2.0, "Encryption contract")."""


def use(root: Element, kids: Iterable[tuple[KeyClass, str]]) -> None:
    """Say which tracks each key is for; ids are UUIDs."""
    add(add(root, "cpix:ContentKeyPeriodList"), "cpix:ContentKeyPeriod", id=PERIOD, index="1")
    rules = add(root, "cpix:ContentKeyUsageRuleList")
    for key_class, kid in kids:
        rule = add(rules, "cpix:ContentKeyUsageRule", kid=kid, intendedTrackType=key_class.upper())
        add(rule, "cpix:KeyPeriodFilter", periodId=PERIOD)
        name, limits = FILTERS[key_class]
        add(rule, f"cpix:{name}", **limits)

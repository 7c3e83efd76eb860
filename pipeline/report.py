"""`report.json`: what a finished version is and what it cost."""

import msgspec

from pipeline.artifacts import Marker
from pipeline.drm import PlannedProtection
from pipeline.summary import Summary


class Encode(msgspec.Struct, frozen=True, kw_only=True):
    """What one encode cost: seconds of CPU and wall time when it was made, bytes, frames."""

    step: str
    cpu: float
    wall: float
    size: int
    frames: int
    warnings: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`report.json`: not covered by the promise of equal bytes, for it tells how long things took. `findings`
    are recommendations of the authoring guides that the version does not follow; `protection` has ids of
    keys, and no key."""

    summary: Summary
    master: str
    tools: str
    cpu: float
    encodes: tuple[Encode, ...]
    findings: tuple[str, ...]
    protection: PlannedProtection | None = None


def encode_report(step: str, marker: Marker) -> Encode:
    return Encode(
        step=step,
        cpu=round(marker.cpu, 3),
        wall=round(marker.wall, 3),
        size=marker.size,
        frames=marker.frames,
        warnings=marker.warnings,
    )

"""What idle workers wait for: the seconds of each, by the earliest kind of step that is running meanwhile."""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.stages.registry import STAGES

EARLIER = {kind: place for place, kind in enumerate(STAGES)}
RECOVERY = "a repeated step"
"""Nothing runs: what failed or was lost is waited for."""


class Idle:
    def __init__(self, workers: int, now: float) -> None:
        self._workers = workers
        self._busy = 0
        self._since = now
        self.waits: defaultdict[str, float] = defaultdict(float)

    def busy(self, change: int) -> None:
        self._busy += change

    def until(self, now: float, running: Iterable[str]) -> None:
        """Count the time up to `now`, in which steps of the kinds `running` ran."""
        idle = (self._workers - self._busy) * (now - self._since)
        self._since = now
        if idle:
            kind = min(set(running), key=EARLIER.__getitem__, default=RECOVERY)
            self.waits[kind] += idle

"""How fast jobs encode, from what the catalog counts: a chunk at a time, so over a while."""

from collections import defaultdict, deque

from pipeline.catalog.records import JobRecord
from pipeline.events import Planned

WHILE = 120.0
"""Seconds over which speed is measured: several chunks long."""

ENCODING = ("encode", "audio", "poster")
"""Kinds of planned step that wait for no encoder."""


class Pace:
    """Frames/s, by the counters of jobs at some times; before anybody looked, a job began with none."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    def take(self, job: JobRecord, now: float) -> None:
        seen = self._seen[job.id]
        if not seen:
            seen.append((job.created, 0))
        seen.append((now, job.frames))
        while len(seen) > 2 and seen[1][0] <= now - WHILE:
            seen.popleft()

    def of(self, job: JobRecord) -> float:
        """Over the last two minutes, or since the job began; 0 if nobody looked."""
        seen = self._seen[job.id]
        if len(seen) < 2:
            return 0.0
        (since, before), (until, frames) = seen[0], seen[-1]
        return (frames - before) / (until - since) if until > since else 0.0


def seconds_left(job: JobRecord, planned: Planned, rate: float) -> float | None:
    """Until all is encoded, at so many frames/s; None while nobody can say.

    Chunks that are found encoded are not counted as frames: the steps that are left tell of those.
    """
    chunks = planned.steps.get("encode", 0)
    if rate <= 0 or not chunks:
        return None
    later = sum(count for kind, count in planned.steps.items() if kind not in ENCODING)
    chunks_left = min(chunks, max(0, job.total - job.done - later))
    frames_left = min(planned.encode_frames - job.frames, planned.encode_frames * chunks_left / chunks)
    return max(0.0, frames_left / rate)

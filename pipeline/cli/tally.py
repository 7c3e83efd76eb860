"""Figures of a running job, added up from its events."""

import time
from collections import Counter

from pipeline.cli.wording import clock
from pipeline.events import Event, Planned, Progress, StepFinished, StepStarted


class Tally:
    """Steps and bytes by kind; frames encoded so far, of all that will be, and since when."""

    def __init__(self) -> None:
        self.bytes: Counter[str] = Counter()
        self._planned: Planned | None = None
        self._begun: dict[str, set[str]] = {}
        self._done: Counter[str] = Counter()
        self._frames: dict[str, int] = {}
        self._reused = 0
        self._since: float | None = None

    def take(self, event: Event) -> None:
        match event:
            case Planned():
                self._planned = event
            case StepStarted():
                self._begun.setdefault(event.kind, set()).add(event.step)
            case Progress():
                self._since = self._since or time.monotonic()
                self._frames[event.step] = event.frames
            case StepFinished():
                self._done[event.kind] += 1
                self.bytes[event.kind] += event.size
                self._reused += event.frames if event.reused else 0

    def steps(self, kind: str) -> tuple[int, int]:
        """Steps of a kind done, and in all."""
        known = self._planned.steps.get(kind, 0) if self._planned else 0
        return self._done[kind], max(known, len(self._begun.get(kind, ())))

    def share(self, kind: str) -> float:
        """How much of a kind is done, from 0 to 1: encodes by frames, for a film may be a single chunk, but
        where most were done before anybody watched, by steps."""
        done, total = self.steps(kind)
        by_steps = done / total if total else 0.0
        if kind == "encode" and self._planned and self._planned.encode_frames:
            frames = sum(self._frames.values()) + self._reused
            return max(by_steps, min(1.0, frames / self._planned.encode_frames))
        return by_steps

    def figures(self, now: float) -> str:
        """Frames/s, speed as a multiple of real time, time to go."""
        frames = sum(self._frames.values())
        if not self._planned or self._since is None or now <= self._since or not frames:
            return ""
        rate = frames / (now - self._since)
        speed = rate / float(self._planned.rate)
        left = self._planned.encode_frames * (1 - self.share("encode"))
        return f"{rate:.1f} frames/s   {speed:.2f} x real time   {clock(left / rate)} to encode"

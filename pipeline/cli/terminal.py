"""A live view of a job on a terminal, through rich."""

import threading
import time
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from pipeline.cli.tally import Tally
from pipeline.cli.wording import sentence, size
from pipeline.events import (
    Event,
    JobStarted,
    Planned,
    Published,
    StepFinished,
    StepStarted,
    Uploading,
    Warned,
)
from pipeline.events import Progress as Encoded

STAGES = ("audio", "encode", "package", "verify")
"""Kinds of step that a job has many of: each gets a bar."""


class LiveView:
    """Bars for upload and stages, a line of figures, and above them what is worth keeping."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(bar_width=40),
            TextColumn("{task.fields[steps]:>9}"),
            TextColumn("{task.fields[note]}", style="dim"),
            console=self._console,
        )
        self._figures = Text()
        self._live = Live(Group(self._bars, self._figures), console=self._console, transient=True)
        self._tally = Tally()
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "LiveView":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def take(self, event: Event) -> None:
        with self._lock:
            self._tally.take(event)
            self._draw(event)

    def _draw(self, event: Event) -> None:
        if isinstance(event, JobStarted | Planned | Warned | Published):
            self._console.print(sentence(event), highlight=False, soft_wrap=True)
        if isinstance(event, Uploading):
            self._upload(event)
        if isinstance(event, StepStarted | StepFinished) and event.kind in STAGES:
            self._bar(event.kind)
        if isinstance(event, Encoded):
            self._bar("encode")
        self._figures.plain = self._tally.figures(time.monotonic())

    def _upload(self, event: Uploading) -> None:
        note = f"{size(event.done)} of {size(event.size)}"
        share = event.done / max(1, event.size)
        self._bars.update(self._task(event.phase), completed=share, steps=f"{share:.0%}", note=note)

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=1, steps="", note="")
        return self._tasks[name]

    def _bar(self, kind: str) -> None:
        done, total = self._tally.steps(kind)
        note = size(self._tally.bytes[kind]) if self._tally.bytes.get(kind) else ""
        share = self._tally.share(kind)
        self._bars.update(self._task(kind), completed=share, steps=f"{done}/{total}", note=note)

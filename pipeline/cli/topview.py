"""A view of a site on a terminal, through rich."""

from collections.abc import Iterator, Sequence

from rich.console import Group, JustifyMethod, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pipeline.cli.polling import JobLine, QueueLine, View, WorkerLine
from pipeline.cli.wording import clock, count, moment, size

STATES = {"running": "", "done": "green", "failed": "bold red", "cancelled": "dim"}

ID_SHOWN = 10
"""Characters of a job's id: commands need no more of it."""

LATE_SECONDS = 60.0
"""A step that has been ready for so long could use another worker."""


def drawn(view: View, place: str, trouble: str = "") -> RenderableType:
    """`place` names the site; `trouble` is why the view is an old one."""
    parts: list[RenderableType] = [_headline(view, place)]
    if trouble:
        parts.append(Text(trouble, "bold red"))
    parts += ["", _queues(view.queues), "", _workers(view.workers), "", _jobs(view.jobs)]
    return Group(*parts)


def _headline(view: View, place: str) -> Text:
    busy, slots = sum(w.busy for w in view.workers), sum(w.slots for w in view.workers)
    told = [
        f"{moment(view.at)} UTC",
        count(len(view.workers), "worker", "workers"),
        f"{busy} of {count(slots, 'slot', 'slots')} busy",
        f"{sum(job.frames_per_second for job in view.jobs):.1f} frames/s",
        place,
    ]
    return Text("   ".join(told), "bold", no_wrap=True, overflow="ellipsis")


def _queues(queues: Sequence[QueueLine]) -> Table:
    table = _table("QUEUE", "READY", "OLDEST", "RUNNING", right=("READY", "OLDEST", "RUNNING"))
    for queue in queues:
        waits = Text(clock(queue.oldest) if queue.ready else "", "red" if queue.oldest > LATE_SECONDS else "")
        table.add_row(queue.queue, str(queue.ready), waits, str(queue.running))
    return table


def _workers(workers: Sequence[WorkerLine]) -> RenderableType:
    if not workers:
        return Text("no workers: start one with `telecine worker`", "bold red")
    right = ("PROCESS", "BUSY", "THREADS", "MEMORY", "UP")
    table = _table("MACHINE", "PROCESS", "QUEUES", "BUSY", "THREADS", "MEMORY", "UP", right=right)
    for worker in workers:
        process = worker.worker.split(".")[-2]
        busy = f"{worker.busy}/{worker.slots}"
        up = clock(worker.up)
        table.add_row(
            Text(worker.machine), process, ",".join(worker.queues), busy, str(worker.threads),
            size(worker.memory), up,
        )  # fmt: skip
    return table


def _jobs(jobs: Sequence[JobLine]) -> RenderableType:
    if not jobs:
        return Text("no jobs: `telecine upload` hands in a master", "dim")
    table = _table("JOB", right=())
    # The one that gives way where the terminal is narrow.
    table.add_column("TITLE", overflow="ellipsis", ratio=1)
    for heading in ("STATE", "DONE"):
        table.add_column(heading, no_wrap=True)
    for heading in ("STEPS", "FRAMES/S", "SPEED", "LEFT", "AGAIN"):
        table.add_column(heading, justify="right", no_wrap=True)
    for job in jobs:
        table.add_row(*_job(job))
    return table


def _job(job: JobLine) -> Iterator[RenderableType]:
    again = job.retries + job.lost
    yield job.job[:ID_SHOWN]
    yield Text(job.title, no_wrap=True, overflow="ellipsis")
    yield Text(job.state, STATES[job.state])
    yield ProgressBar(total=max(1, job.total), completed=job.done, width=6)
    yield f"{job.done}/{job.total}"
    yield f"{job.frames_per_second:.1f}" if job.frames_per_second else ""
    yield f"{job.speed:.2f} x" if job.speed else ""
    yield clock(job.seconds_left) if job.seconds_left else ""
    yield Text(str(again) if again else "", "yellow")


def _table(*headings: str, right: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        side: JustifyMethod = "right" if heading in right else "left"
        table.add_column(heading, justify=side, no_wrap=True)
    return table

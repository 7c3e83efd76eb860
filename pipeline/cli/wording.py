"""Events and figures in words."""

from datetime import UTC, datetime

from pipeline.events import Event, Failed, JobStarted, Planned, Published, StepFinished, Uploading, Warned

KINDS = {
    "ingest": "master read",
    "inspect": "frames listed",
    "checksum": "master verified",
    "plan": "planned",
    "poster": "poster made",
    "manifests": "manifests written",
    "check": "manifests checked",
    "publish": "published",
}

UPLOADED = {"reading": "master read", "sending": "uploaded", "copying": "copied"}


def sentence(event: Event) -> str:
    """One line of a log; empty for what a log does not need."""
    match event:
        case Uploading():
            return f"{UPLOADED[event.phase]}: {size(event.done)} of {size(event.size)}"
        case JobStarted():
            return f"{event.title}: {event.job}, master {event.master}"
        case Planned():
            pictures = f"{event.frames} frames at {float(event.rate):.6g}/s" if event.frames else "sound only"
            return f"{clock(float(event.duration))}, {pictures}: {', '.join(event.renditions)}"
        case StepFinished():
            return _finished(event)
        case Warned():
            return f"warning: {event.message}"
        case Published():
            return f"{event.title}: version {event.version}, {size(event.size)}"
    return ""


def ending(event: Event) -> str:
    """How a job failed: for a log, where no command tells it in its own words."""
    return f"failed: {event.message}" if isinstance(event, Failed) else ""


def _finished(event: StepFinished) -> str:
    name = KINDS.get(event.kind, event.step)
    if event.reused:
        return f"{name}: done before"
    cost = f", {event.cpu:.1f} s of CPU" if event.cpu else ""
    return f"{name}: {event.wall:.1f} s{cost}" + (f", {size(event.size)}" if event.size else "")


def moment(at: float) -> str:
    """Seconds since the epoch as the workers' logs write them, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    value, unit = count / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 999.95:  # what would be written as 1000.0
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}"

"""Jobs run in this process, on masters small enough to encode in a moment."""

from pathlib import Path

from ladders.model import Ladder, RungDefinition
from pipeline.catalog.catalog import Catalog
from pipeline.events import Emit, Event, Published
from pipeline.ffmpeg.tools import tool_versions
from pipeline.job import JobSpec
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.storage.local import LocalStorage

TINY = Ladder(
    name="tiny",
    codec="h264",
    preset="ultrafast",
    rungs=(RungDefinition(name="90", box=(160, 90), crf=30, maxrate=200_000, bufsize=400_000),),
)


def site_in(folder: Path) -> Site:
    settings = Settings(root=folder / "site", jobs=1)
    storage = LocalStorage(settings.root, settings.scratch)
    return Site(settings, storage, Catalog(settings.catalog_url))


def spec_of(master: Path, title: str = "film") -> JobSpec:
    status = master.stat()
    tools = tool_versions(Settings(root=master.parent, jobs=1).ffmpeg)
    return JobSpec(
        title=title,
        master=str(master),
        size=status.st_size,
        mtime=status.st_mtime_ns,
        ladders=(TINY,),
        tools=tools,
    )


def encode(site: Site, master: Path, emit: Emit | None = None) -> tuple[Published, list[Event]]:
    """Run the job to its end; what it published, and its events."""
    events: list[Event] = []

    def take(event: Event) -> None:
        events.append(event)
        if emit:
            emit(event)

    return run_job(site, spec_of(master), take), events

"""`telecine encode`: the whole job in this process."""

import shutil
from contextlib import suppress
from pathlib import Path

import click

from ladders.model import Ladder
from pipeline.cli.drm import Wanted, drm_options
from pipeline.cli.ending import ending_told, print_paths
from pipeline.cli.ladders import chosen_ladders
from pipeline.cli.options import (
    codec_option,
    json_option,
    ladder_option,
    master_argument,
    output_option,
    storage_option,
    title_option,
)
from pipeline.cli.render import renderer
from pipeline.drm import Drm
from pipeline.errors import (
    BadMasterError,
    DiskFullError,
    StorageError,
)
from pipeline.events import Emit, Published
from pipeline.ffmpeg.probe import probe
from pipeline.ffmpeg.tools import tool_versions
from pipeline.job import JobSpec, checked_slug, slug_of
from pipeline.runner.job import run_job
from pipeline.runner.site import Site, open_catalog
from pipeline.settings import Settings
from pipeline.site.storage import NOTE, note_storage
from pipeline.storage.base import Storage
from pipeline.storage.location import Bucket, Location
from pipeline.storage.opening import open_storage


@click.command(name="encode")
@master_argument
@output_option
@storage_option
@title_option
@ladder_option
@codec_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Steps at a time.  [default: one per four cores, two at least]",
)
@json_option
@drm_options
def encode_command(
    master: Path,
    output: Path | None,
    storage: str | None,
    title: str | None,
    ladders: tuple[str, ...],
    codec: str | None,
    jobs: int | None,
    as_json: bool,
    wanted: Wanted,
) -> None:
    """Encode, package, verify and publish MASTER.

    Prints the paths of the HLS and the DASH manifest. Stopped at any moment, the same command continues.

    \b
    Example:
      telecine encode film.mov -o site --codec h264,av1
    """
    settings = Settings.load(output, jobs, storage)
    with renderer(as_json) as emit, ending_told(emit, "stopped; the same command does the job"):
        spec = job_spec(settings, master, title, chosen_ladders(ladders, codec), wanted.drm)
        published = _run(settings, spec, wanted, emit)
    if not as_json:
        print_paths(published)


def _run(settings: Settings, spec: JobSpec, wanted: Wanted, emit: Emit) -> Published:
    new = not settings.root.exists()
    storage = _storage(settings, settings.storage)
    try:
        site = Site(settings, storage, open_catalog(settings))
        wanted.give(site, spec)
        return run_job(site, spec, emit)
    except BadMasterError:
        if new:
            _remove_empty(settings)
        raise


def _storage(settings: Settings, location: Location) -> Storage:
    try:
        storage = open_storage(location, settings.scratch)
        note_storage(settings.root, location)
    except DiskFullError:
        raise
    except StorageError as error:
        if isinstance(location, Bucket):
            raise
        raise StorageError(f"{error}; name a folder that can be written with -o") from error
    return storage


def _remove_empty(settings: Settings) -> None:
    """Remove a storage root that holds nothing: another command may have begun to use it meanwhile."""
    with suppress(OSError):
        (settings.root / "tmp").rmdir()
        ours = (settings.catalog_file.name, NOTE)
        if all(path.name.startswith(ours) for path in settings.root.iterdir()):
            shutil.rmtree(settings.root)


def job_spec(
    settings: Settings,
    master: Path,
    title: str | None,
    ladders: tuple[Ladder, ...],
    drm: Drm | None = None,
) -> JobSpec:
    probe(master)  # A bad master is refused here, before anything is written.
    status = master.stat()
    return JobSpec(
        title=slug_of(master.stem) if title is None else checked_slug(title),
        master=str(master.resolve()),
        size=status.st_size,
        mtime=status.st_mtime_ns,
        ladders=ladders,
        tools=tool_versions(settings.ffmpeg),
        drm=drm,
    )

"""`telecine encode`: the whole job in this process."""

import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from ladders.model import Ladder
from pipeline.cli.ladders import chosen_ladders
from pipeline.cli.options import (
    codec_option,
    json_option,
    ladder_option,
    master_argument,
    output_option,
    title_option,
)
from pipeline.cli.render import renderer
from pipeline.errors import (
    BadMasterError,
    DiskFullError,
    StoppedError,
    StorageError,
    TelecineError,
)
from pipeline.events import Emit, Failed, Published
from pipeline.ffmpeg.probe import probe
from pipeline.ffmpeg.tools import tool_versions
from pipeline.job import JobSpec, checked_slug, slug_of
from pipeline.runner.job import run_job
from pipeline.runner.site import Site, open_catalog
from pipeline.settings import Settings
from pipeline.storage.local import LocalStorage


@click.command(name="encode")
@master_argument
@output_option
@title_option
@ladder_option
@codec_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Steps at a time.  [default: one per four cores, two at least]",
)
@json_option
def encode_command(
    master: Path,
    output: Path | None,
    title: str | None,
    ladders: tuple[str, ...],
    codec: str | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Encode, package, verify and publish MASTER.

    Prints the paths of the HLS and the DASH manifest. Stopped at any moment, the same command continues.

    \b
    Example:
      telecine encode film.mov -o site --codec h264,av1
    """
    signal.signal(signal.SIGTERM, _interrupt)
    settings = Settings.load(output, jobs)
    with renderer(as_json) as emit:
        try:
            spec = job_spec(settings, master, title, chosen_ladders(ladders, codec))
            published = _run(settings, spec, emit)
        except KeyboardInterrupt:
            stopped = StoppedError("stopped; the same command does the job")
            emit(_failed(stopped))
            raise stopped from None
        except Exception as error:
            emit(_failed(error))
            raise
    if not as_json:
        _print_paths(published)


def _failed(error: Exception) -> Failed:
    code = error.exit_code if isinstance(error, TelecineError) else 1
    return Failed(error=type(error).__name__, message=str(error), exit_code=code)


def _run(settings: Settings, spec: JobSpec, emit: Emit) -> Published:
    new = not settings.root.exists()
    storage = _storage(settings)
    try:
        return run_job(Site(settings, storage, open_catalog(settings)), spec, emit)
    except BadMasterError:
        if new:
            _remove_empty(settings)
        raise


def _storage(settings: Settings) -> LocalStorage:
    try:
        return LocalStorage(settings.root, settings.scratch)
    except DiskFullError:
        raise
    except StorageError as error:
        raise StorageError(f"{error}; name a folder that can be written with -o") from error


def _remove_empty(settings: Settings) -> None:
    """Remove a storage root that holds nothing: another command may have begun to use it meanwhile."""
    with suppress(OSError):
        (settings.root / "tmp").rmdir()
        if all(path.name.startswith(settings.catalog_file.name) for path in settings.root.iterdir()):
            shutil.rmtree(settings.root)


def job_spec(settings: Settings, master: Path, title: str | None, ladders: tuple[Ladder, ...]) -> JobSpec:
    probe(master)  # A bad master is refused here, before anything is written.
    status = master.stat()
    return JobSpec(
        title=slug_of(master.stem) if title is None else checked_slug(title),
        master=str(master.resolve()),
        size=status.st_size,
        mtime=status.st_mtime_ns,
        ladders=ladders,
        tools=tool_versions(settings.ffmpeg),
    )


def _print_paths(published: Published) -> None:
    click.echo(f"HLS   {published.hls}")
    click.echo(f"DASH  {published.dash}")


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM stops a job as Ctrl-C does."""
    raise KeyboardInterrupt

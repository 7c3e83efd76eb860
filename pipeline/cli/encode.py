"""`telecine encode`: the whole job in this process."""

import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, get_args

import click

from ladders.load import MAX_CHARACTERS, default_ladder, parse_ladder, shipped
from ladders.model import Codec, Ladder, LadderError
from pipeline.catalog.catalog import Catalog
from pipeline.cli.options import json_option, master_argument, output_option
from pipeline.cli.render import renderer
from pipeline.errors import (
    BadMasterError,
    DiskFullError,
    StoppedError,
    StorageError,
    TelecineError,
    UsageError,
)
from pipeline.events import Emit, Failed, Published
from pipeline.ffmpeg.probe import probe
from pipeline.ffmpeg.tools import tool_versions
from pipeline.job import JobSpec, checked_slug, slug_of
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.storage.local import LocalStorage


@click.command(name="encode")
@master_argument
@output_option
@click.option(
    "--title", help="Name in URLs: lower-case letters, digits, hyphens.  [default: from the file's name]"
)
@click.option("--ladder", "ladders", multiple=True, help="A shipped ladder or a YAML file; may be repeated.")
@click.option(
    "--codec", help="Codecs, separated by commas: h264, av1.  [default: those of the ladders, or h264]"
)
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
        return run_job(Site(settings, storage, Catalog(settings.catalog_url)), spec, emit)
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


def chosen_ladders(names: tuple[str, ...], codec: str | None) -> tuple[Ladder, ...]:
    """One ladder a codec: those named, and shipped ones for codecs that none of them has."""
    given = [_ladder(name) for name in names]
    codecs = [ladder.codec for ladder in given] or ["h264"] if codec is None else _codecs(codec)
    by_codec = {ladder.codec: ladder for ladder in given}
    if len(by_codec) < len(given):
        raise UsageError("--ladder: two ladders are of the same codec; give one for each")
    surplus = by_codec.keys() - set(codecs)
    if surplus:
        raise UsageError(f"--ladder: the ladder for {', '.join(surplus)} is not wanted by --codec {codec}")
    return tuple(by_codec.get(name) or default_ladder(name) for name in codecs)


def _codecs(text: str) -> list[Codec]:
    known: dict[str, Codec] = {name: name for name in get_args(Codec)}
    names = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"--codec {text!r}: {unknown[0]!r} is not one of {', '.join(known)}")
    return [known[name] for name in names]


def _ladder(name: str) -> Ladder:
    known = shipped()
    if name in known:
        return known[name]
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"--ladder {name}: neither a file nor a shipped ladder ({', '.join(known)})")
    try:
        with path.open(encoding="utf-8") as file:
            return parse_ladder(file.read(MAX_CHARACTERS + 1), name)
    except LadderError as error:
        raise UsageError(f"--ladder: {error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"--ladder: {name}: not a text file in UTF-8") from None
    except OSError as error:
        raise UsageError(f"--ladder: {name}: {error.strerror}") from error


def _print_paths(published: Published) -> None:
    click.echo(f"HLS   {published.hls}")
    click.echo(f"DASH  {published.dash}")


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM stops a job as Ctrl-C does."""
    raise KeyboardInterrupt

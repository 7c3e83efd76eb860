"""`telecine upload`: hand a master to the workers of a site, and follow what they make of it."""

import os
from pathlib import Path

import click

from ladders.model import Ladder
from pipeline.catalog.records import PRIORITIES
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
from pipeline.errors import StoppedError, TelecineError
from pipeline.events import Emit, Failed, JobStarted, Published
from pipeline.ffmpeg.probe import probe
from pipeline.job import JobSpec, checked_slug, slug_of
from pipeline.runner.resume import open_job
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.upload import Stored, upload


@click.command(name="upload")
@master_argument
@output_option
@title_option
@ladder_option
@codec_option
@click.option(
    "--priority",
    type=click.IntRange(PRIORITIES[0], PRIORITIES[-1]),
    default=5,
    show_default=True,
    help="Steps of a higher priority are done first, whichever job they are of.",
)
@click.option("--detach", is_flag=True, help="Print the job's id and leave it to the workers.")
@json_option
def upload_command(
    master: Path,
    output: Path | None,
    title: str | None,
    ladders: tuple[str, ...],
    codec: str | None,
    priority: int,
    detach: bool,
    as_json: bool,
) -> None:
    """Upload MASTER and have the workers encode, package, verify and publish it.

    An upload that was interrupted goes on where it stopped, and a master that is there already is not sent
    again. Ctrl-C ends the view, not the job: `telecine status` tells how it goes.

    \b
    Example:
      telecine upload film.mov -o site --priority 8
    """
    settings = Settings.load(output)
    os.environ["TELECINE_ROOT"] = str(settings.root)
    chosen = chosen_ladders(ladders, codec)
    slug = slug_of(master.stem) if title is None else checked_slug(title)
    probe(master)  # A bad master is refused here, before anything is sent.
    broker = settings.broker_url
    site = Site.open(settings)
    with renderer(as_json) as emit:
        spec = _uploaded(site, master, slug, chosen, emit)
        emit(JobStarted(job=spec.id, title=slug, master=str(master)))
        _announce(site, spec, priority, emit)
        if not detach:
            _follow(site, broker, spec.id, emit)
    if detach and not as_json:
        click.echo(spec.id)


def _uploaded(site: Site, master: Path, title: str, ladders: tuple[Ladder, ...], emit: Emit) -> JobSpec:
    stored = upload(site.storage, master, emit)
    return job_spec(stored, title, ladders)


def job_spec(stored: Stored, title: str, ladders: tuple[Ladder, ...]) -> JobSpec:
    """A job on a master in storage. Which encoders do it is for the workers to say: the plan names them."""
    return JobSpec(title=title, master=stored.key, size=stored.size, mtime=0, ladders=ladders, tools="")


def _announce(site: Site, spec: JobSpec, priority: int, emit: Emit) -> None:
    from workers.messages import send  # here, for Celery reads its settings when it is imported

    send(open_job(site, spec, emit, priority=priority, cluster=True))


def _follow(site: Site, broker: str, job: str, emit: Emit) -> None:
    from workers.follow import Follower
    from workers.live import Live

    try:
        for event in Follower(site.catalog, Live(broker), job).events():
            emit(event)
    except KeyboardInterrupt:
        raise StoppedError(f"not watching any more; the job goes on: telecine status {job}") from None
    if isinstance(event, Failed):
        raise JobFailedError(event)
    if isinstance(event, Published):
        click.echo(f"HLS   {event.hls}")
        click.echo(f"DASH  {event.dash}")


class JobFailedError(TelecineError):
    """A job that other processes did failed: its own exit code."""

    def __init__(self, event: Failed) -> None:
        super().__init__(f"{event.message}; once that is mended, `telecine retry` continues the job")
        self.exit_code = event.exit_code

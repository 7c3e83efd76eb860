"""`telecine upload`: hand a master to the workers of a site, and follow what they make of it."""

from contextlib import closing
from pathlib import Path

import click

from ladders.model import Ladder
from pipeline.catalog.records import PRIORITIES
from pipeline.cli.announcing import tell_workers
from pipeline.cli.drm import Wanted, drm_options
from pipeline.cli.ending import ending_told, print_paths
from pipeline.cli.ladders import chosen_ladders
from pipeline.cli.opening import opened_site
from pipeline.cli.options import (
    codec_option,
    json_option,
    ladder_option,
    master_argument,
    output_option,
    title_option,
)
from pipeline.cli.render import renderer
from pipeline.drm import Drm
from pipeline.errors import StoppedError, TelecineError
from pipeline.events import Emit, Event, Failed, JobStarted, Published
from pipeline.ffmpeg.probe import probe
from pipeline.job import JobSpec, checked_slug, slug_of
from pipeline.runner.resume import open_job
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.upload import upload
from workers.follow import Follower
from workers.live import Live

PRIORITY = 5
STOPPED = "stopped; the same command goes on where it was"


@click.command(name="upload")
@master_argument
@output_option
@title_option
@ladder_option
@codec_option
@click.option(
    "--priority",
    type=click.IntRange(PRIORITIES[0], PRIORITIES[-1]),
    help="Steps of a higher priority are done first, whichever job they are of; given again, it changes that "
    f"of the job.  [default: {PRIORITY}]",
)
@click.option("--detach", is_flag=True, help="Print the job's id and leave it to the workers.")
@json_option
@drm_options
def upload_command(
    master: Path,
    output: Path | None,
    title: str | None,
    ladders: tuple[str, ...],
    codec: str | None,
    priority: int | None,
    detach: bool,
    as_json: bool,
    wanted: Wanted,
) -> None:
    """Upload MASTER and have the workers encode, package, verify and publish it.

    An upload that was interrupted goes on where it stopped, and a master that is there already is not sent
    again. Ctrl-C ends the view, not the job. The same command continues a job that failed or was cancelled.

    \b
    Example:
      telecine upload film.mov -o site --priority 8
    """
    settings = Settings.load(output)
    end: Event | None = None
    with renderer(as_json) as emit, ending_told(emit, STOPPED):
        slug = slug_of(master.stem) if title is None else checked_slug(title)
        chosen = chosen_ladders(ladders, codec)
        probe(master)  # A bad master is refused here, before anything is sent.
        with closing(Live(settings.broker_url)) as live, opened_site(settings) as site:
            spec = _uploaded(site, master, slug, chosen, wanted.drm, emit)
            wanted.give(site, spec)
            follower = Follower.from_now(site.catalog, live, spec.id)
            _open(site, spec, priority, emit)
            if not detach:
                end = _follow(follower, emit)
    if isinstance(end, Failed):
        raise JobFailedError(spec.id, end)
    if isinstance(end, Published) and not as_json:
        print_paths(end)
    elif not as_json:
        click.echo(spec.id)


def _uploaded(
    site: Site, master: Path, title: str, ladders: tuple[Ladder, ...], drm: Drm | None, emit: Emit
) -> JobSpec:
    stored = upload(site.storage, master, emit)
    # Which encoders do it is for the workers to say: the plan names them.
    spec = JobSpec(
        title=title, master=stored.key, size=stored.size, mtime=0, ladders=ladders, tools="", drm=drm
    )
    emit(JobStarted(job=spec.id, title=title, master=str(master)))
    return spec


def _open(site: Site, spec: JobSpec, priority: int | None, emit: Emit) -> None:
    wanted = PRIORITY if priority is None else priority
    hints = open_job(site, spec, emit, priority=wanted, cluster=True)
    if priority is not None:
        hints += site.catalog.jobs.prioritize(spec.id, priority)
    tell_workers(site.settings, hints)


def _follow(follower: Follower, emit: Emit) -> Event | None:
    """How the job ended, which was told as all before it."""
    event: Event | None = None
    try:
        for event in follower.events():
            emit(event)
    except KeyboardInterrupt:
        told = f"not watching any more, the job goes on: telecine status {follower.job}"
        raise StoppedError(told) from None
    return event


class JobFailedError(TelecineError):
    """A job that other processes did failed: its own exit code."""

    def __init__(self, job: str, event: Failed) -> None:
        super().__init__(f"{event.message}; `telecine retry {job}` continues the job")
        self.exit_code = event.exit_code

"""`telecine status`: how one job stands."""

import time
from pathlib import Path

import click

from pipeline.cli.finding import job_named
from pipeline.cli.opening import opened_catalog
from pipeline.cli.options import job_argument, json_option, output_option
from pipeline.cli.table import print_table
from pipeline.cli.wording import clock, count, moment, size
from pipeline.codec import to_json
from pipeline.standing import Standing, standing

TROUBLES = 10
"""Bad attempts shown, the latest: all are in the log."""


@click.command(name="status")
@job_argument
@output_option
@json_option
def status_command(job: str, output: Path | None, as_json: bool) -> None:
    """Tell how JOB stands: what is done, what runs where, what failed, what it took.

    JOB is an id, or as much of its beginning as no other has.

    \b
    Example:
      telecine status job-3f2a -o site
    """
    with opened_catalog(output) as catalog:
        found = standing(catalog, job_named(catalog, job))
    if as_json:
        click.echo(to_json(found).decode())
    else:
        _show(found)


def _show(job: Standing) -> None:
    now = time.time()
    click.echo(f"{job.job}  {job.title}: {job.state}, priority {job.priority}")
    click.echo(f"master   {job.master}")
    click.echo(f"begun    {moment(job.created)}, {clock(now - job.created)} ago")
    if job.ended:
        click.echo(f"ended    {moment(job.ended)}, after {clock(job.ended - job.created)}")
    click.echo(f"figures  {_figures(job)}")
    if job.error:
        click.echo(f"error    {job.error}")
    click.echo()
    print_table("STEPS DONE", ((k.kind, f"{k.done}/{k.total}") for k in job.steps), right="DONE")
    if job.running:
        click.echo()
        rows = ((s.step, clock(now - s.since), s.attempt, s.owner) for s in job.running)
        print_table("RUNNING FOR ATTEMPT IN_PROCESS", rows, right="FOR ATTEMPT")
    if job.troubles:
        click.echo()
        latest = job.troubles[-TROUBLES:]
        lines = ((moment(t.at), t.step, t.attempt, t.outcome, t.message) for t in latest)
        print_table("TROUBLE STEP ATTEMPT WAS WHY", lines, right="ATTEMPT")


def _figures(job: Standing) -> str:
    told = [count(job.retries, "retry", "retries"), count(job.lost, "lease lost", "leases lost")]
    told += [f"{job.cpu:.1f} s of CPU", f"{size(job.size)} encoded"]
    if job.encoding and job.frames:
        told.append(f"{job.frames / job.encoding:.1f} frames/s")
    if job.speed is not None:
        told.append(f"{job.speed:.2f} x real time")
    return ", ".join(told)

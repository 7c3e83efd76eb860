"""`telecine cancel`: end a job by a user's word."""

from pathlib import Path

import click

from pipeline.cli.finding import job_named
from pipeline.cli.opening import opened_catalog
from pipeline.cli.options import job_argument, output_option
from pipeline.errors import UsageError


@click.command(name="cancel")
@job_argument
@output_option
def cancel_command(job: str, output: Path | None) -> None:
    """End JOB: what has not begun never will, and what runs is stopped within seconds.

    What is done stays done: `telecine retry` continues the job.

    \b
    Example:
      telecine cancel job-3f2a -o site
    """
    with opened_catalog(output) as catalog:
        found = job_named(catalog, job)
        cancelled = catalog.jobs.cancel(found.id)
        state = job_named(catalog, found.id).state
    if state != "cancelled":
        raise UsageError(f"{found.id} is over already: it is {state}")
    click.echo(f"{found.id}: cancelled" if cancelled else f"{found.id}: was cancelled before")

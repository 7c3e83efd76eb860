"""`telecine retry`: continue a job that failed or was cancelled."""

import shlex
from pathlib import Path

import click

from pipeline.catalog.records import JobRecord
from pipeline.cli.announcing import tell_workers
from pipeline.cli.finding import job_named
from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import job_argument, output_option
from pipeline.codec import from_json
from pipeline.errors import UsageError
from pipeline.job import JobSpec
from pipeline.runner.resume import continue_job


@click.command(name="retry")
@job_argument
@output_option
def retry_command(job: str, output: Path | None) -> None:
    """Continue JOB where it failed or was cancelled; nothing that is done is done again.

    \b
    Example:
      telecine retry job-3f2a -o site
    """
    settings = existing(output)
    with opened_site(settings) as site:
        found = job_named(site.catalog, job)
        _refuse(found)
        tell_workers(settings, continue_job(site, found.id))
    click.echo(f"{found.id}: goes on; see `telecine status {found.id}`")


def _refuse(job: JobRecord) -> None:
    """Raises UsageError for a job that there is nothing to continue of, or that no worker would."""
    if job.state not in ("failed", "cancelled"):
        raise UsageError(f"{job.id} neither failed nor was cancelled: it is {job.state}")
    if not job.cluster:
        master = shlex.quote(from_json(job.spec, JobSpec).master)
        raise UsageError(f"{job.id} is not for workers: continue it with `telecine encode {master}`")

"""`telecine jobs`: what was asked for, and how far it is."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from pipeline.catalog.records import JobRecord, JobState
from pipeline.cli.opening import opened_catalog
from pipeline.cli.options import json_option, output_option
from pipeline.cli.table import print_table
from pipeline.cli.wording import clock, moment
from pipeline.codec import to_json


@click.command(name="jobs")
@output_option
@click.option(
    "--state", "states", multiple=True, type=click.Choice(get_args(JobState)), help="May be repeated."
)
@click.option("--title", help="Jobs of this title alone.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Rows at most.")
@json_option
def jobs_command(
    output: Path | None, states: tuple[JobState, ...], title: str | None, limit: int, as_json: bool
) -> None:
    """List jobs, the newest first.

    \b
    Example:
      telecine jobs -o site --state running --state failed
    """
    with opened_catalog(output) as catalog:
        found = catalog.jobs.recent(limit, states, title)
    if as_json:
        for job in found:
            click.echo(to_json(_fields(job)).decode())
        return
    print_table("JOB TITLE STATE STEPS PRIORITY BEGUN TOOK", map(_row, found), right="STEPS PRIORITY TOOK")


def _fields(job: JobRecord) -> dict[str, object]:
    """All but the request, which has a master's whole ladder in it."""
    return {name: value for name, value in asdict(job).items() if name != "spec"}


def _row(job: JobRecord) -> tuple[object, ...]:
    took = clock((job.ended or time.time()) - job.created)
    steps = f"{job.done}/{job.total}"
    return job.id, job.title, job.state, steps, job.priority, moment(job.created), took

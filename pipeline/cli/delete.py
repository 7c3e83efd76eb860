"""`telecine delete`: remove a title."""

from pathlib import Path

import click

from pipeline.catalog.catalog import Catalog
from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import output_option, title_argument, yes_option
from pipeline.cli.wording import size
from pipeline.deletion import delete_title, running_jobs
from pipeline.errors import UsageError


@click.command(name="delete")
@title_argument
@output_option
@yes_option
@click.option("--force", is_flag=True, help="Cancel jobs of the title that still run.")
def delete_command(title: str, output: Path | None, yes: bool, force: bool) -> None:
    """Delete TITLE: its versions, their files, and its jobs. What it was made from goes with `telecine gc`.

    \b
    Example:
      telecine delete film -o site
    """
    with opened_site(existing(output)) as site:
        if not site.catalog.jobs.recent(1, (), title):
            versions_of(site.catalog, title)
        if not force:
            _refuse_running(site.catalog, title)
        if not yes:
            click.confirm(f"Delete {title} and all its versions for good?", abort=True, err=True)
        for job in running_jobs(site.catalog, title):
            site.catalog.jobs.cancel(job.id)
        freed = delete_title(site.storage, site.catalog, title)
    click.echo(f"{title}: deleted, {size(freed)}")


def _refuse_running(catalog: Catalog, title: str) -> None:
    running = running_jobs(catalog, title)
    if running:
        raise UsageError(f"{title}: {running[0].id} still runs; `telecine cancel` it first, or use --force")

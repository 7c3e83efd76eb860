"""`telecine delete`: remove a title."""

from pathlib import Path

import click

from pipeline.catalog.catalog import Catalog
from pipeline.cli.announcing import tell_caches
from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import output_option, title_argument, yes_option
from pipeline.cli.spans import UNITS, Span
from pipeline.cli.wording import moment, size
from pipeline.deletion import delete_title, running_jobs
from pipeline.errors import UsageError

LONGEST = 365 * UNITS["d"]


@click.command(name="delete")
@title_argument
@output_option
@yes_option
@click.option("--force", is_flag=True, help="Cancel jobs of the title that still run.")
@click.option(
    "--grace",
    type=Span(LONGEST),
    default="1d",
    show_default=True,
    help="How long its files stay for players that began before.",
)
@click.option("--now", is_flag=True, help="Its files go at once, whoever plays them.")
def delete_command(title: str, output: Path | None, yes: bool, force: bool, grace: int, now: bool) -> None:
    """Delete TITLE: its versions, their files, its keys and its jobs.

    Its manifests go first, so that no player begins any more. The files follow when the grace is over, by the
    workers of the site or by `telecine gc`; the same title may be uploaded again before that. What it was
    made from goes with `telecine gc`.

    \b
    Example:
      telecine delete film -o site --grace 6h
    """
    with opened_site(existing(output)) as site:
        _refuse_unknown(site.catalog, title)
        if not force:
            _refuse_running(site.catalog, title)
        if not yes:
            click.confirm(f"Delete {title} and all its versions for good?", abort=True, err=True)
        for job in running_jobs(site.catalog, title):
            site.catalog.jobs.cancel(job.id)
        freed = delete_title(site.storage, site.catalog, title, 0.0 if now else grace)
        tell_caches(title, site.settings.storage)
        waiting = site.catalog.deletions.of(title)
    click.echo(f"{title}: deleted, {size(freed)}")
    if waiting:
        click.echo(f"Its files go on {moment(max(deletion.due for deletion in waiting))} UTC.")


def _refuse_unknown(catalog: Catalog, title: str) -> None:
    if not catalog.jobs.recent(1, (), title) and not catalog.deletions.of(title):
        versions_of(catalog, title)


def _refuse_running(catalog: Catalog, title: str) -> None:
    running = running_jobs(catalog, title)
    if running:
        raise UsageError(f"{title}: {running[0].id} still runs; `telecine cancel` it first, or use --force")

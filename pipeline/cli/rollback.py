"""`telecine rollback`: have a title show an earlier version."""

from pathlib import Path

import click

from pipeline.catalog.records import VersionRecord
from pipeline.cli.announcing import tell_caches
from pipeline.cli.finding import version_named, versions_of
from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import output_option, title_argument
from pipeline.errors import StorageError, UsageError
from pipeline.runner.site import Site
from pipeline.stages.stable import show
from pipeline.stages.version import lost_files


@click.command(name="rollback")
@title_argument
@click.argument("version", required=False)
@output_option
@click.option("--check", is_flag=True, help="First look whether all its files are there.")
def rollback_command(title: str, version: str | None, output: Path | None, check: bool) -> None:
    """Have TITLE show VERSION, or else the version published before the one it shows.

    Each manifest changes in one step. It takes as long for a film as for a trailer, unless all files are to
    be looked for first.

    \b
    Example:
      telecine rollback film -o site
    """
    with opened_site(existing(output)) as site:
        wanted = _wanted(title, versions_of(site.catalog, title), version)
        if check:
            _refuse_broken(site, wanted)
        if not site.catalog.titles.show(title, wanted.version):
            raise UsageError(f"{title}: version {wanted.version} was deleted meanwhile")
        show(site.storage, site.catalog, title)
        tell_caches(title, site.settings.storage)
    click.echo(f"{title}: shows version {wanted.version}")


def _wanted(title: str, versions: list[VersionRecord], beginning: str | None) -> VersionRecord:
    """By the beginning of its name; without one, that published before the current."""
    if beginning is None:
        current = next((place for place, record in enumerate(versions) if record.current), -1)
        if current + 1 == len(versions):
            raise UsageError(f"{title}: nothing was published before the version it shows")
        return versions[current + 1]
    return version_named(title, versions, beginning)


def _refuse_broken(site: Site, version: VersionRecord) -> None:
    lost = lost_files(site.storage, version.title, version.version)
    if lost:
        told = f"{len(lost)} of its files are lost or damaged, {lost[0]} among them"
        raise StorageError(f"version {version.version} cannot be shown: {told}; nothing was changed")

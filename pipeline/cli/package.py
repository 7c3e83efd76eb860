"""`telecine package`: a finished title once more, encrypted otherwise, from what was encoded for it."""

from contextlib import closing
from pathlib import Path

import click
import msgspec

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import VersionRecord
from pipeline.cli.drm import Wanted, drm_options
from pipeline.cli.ending import ending_told, print_paths
from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing
from pipeline.cli.options import json_option, output_option, title_argument
from pipeline.cli.render import renderer
from pipeline.codec import from_json
from pipeline.errors import UsageError
from pipeline.job import JobSpec
from pipeline.runner.job import run_job
from pipeline.runner.site import Site


@click.command(name="package")
@title_argument
@output_option
@click.option("--new-keys", is_flag=True, help="Encrypt with other keys than any version before.")
@json_option
@drm_options
def package_command(title: str, output: Path | None, new_keys: bool, as_json: bool, wanted: Wanted) -> None:
    """Package TITLE again, encrypted otherwise or not at all, as a new version that it then shows.

    Nothing is encoded that is still stored; where all is, the master may be gone. The earlier version stays,
    for `telecine rollback`.

    \b
    Example:
      telecine package film -o site --drm cbcs
    """
    settings = existing(output)
    with renderer(as_json) as emit, ending_told(emit, "stopped; the same command does the job"):
        site = Site.open(settings)
        with closing(site.catalog):
            spec = _spec(site.catalog, title, wanted, new_keys=new_keys)
            wanted.give(site, spec)
            published = run_job(site, spec, emit)
    if not as_json:
        print_paths(published)


def _spec(catalog: Catalog, title: str, wanted: Wanted, *, new_keys: bool) -> JobSpec:
    """What the shown version was asked for, but for its encryption."""
    shown = next((one for one in versions_of(catalog, title) if one.current), None)
    if shown is None:
        raise UsageError(f"{title} shows no version; roll back to one first")
    drm = wanted.drm
    if new_keys and (drm is None or drm.source == "given"):
        raise UsageError("--new-keys: nothing is encrypted without --drm, and --keys has those that it has")
    if drm and new_keys:
        drm = msgspec.structs.replace(drm, generation=_generation(catalog, title) + 1)
    return msgspec.structs.replace(_spec_of(catalog, shown), drm=drm)


def _generation(catalog: Catalog, title: str) -> int:
    """The newest of the published versions': a job that was stopped is thus continued by the same command."""
    jobs = (catalog.jobs.get(version.job) for version in versions_of(catalog, title))
    wanted = (from_json(job.spec, JobSpec).drm for job in jobs if job)
    return max((drm.generation for drm in wanted if drm), default=0)


def _spec_of(catalog: Catalog, version: VersionRecord) -> JobSpec:
    job = catalog.jobs.get(version.job)
    if job is None:
        raise UsageError(f"{version.title}: the job that made it is not known any more; encode it again")
    return from_json(job.spec, JobSpec)

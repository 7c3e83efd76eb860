"""`telecine publish`: a title to another bucket or folder."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click

from pipeline.catalog.records import VersionRecord
from pipeline.cli.announcing import tell_caches
from pipeline.cli.ending import ending_told, print_paths
from pipeline.cli.finding import version_named, versions_of
from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import json_option, output_option, title_argument
from pipeline.cli.render import renderer
from pipeline.codec import from_json
from pipeline.errors import UsageError
from pipeline.process import identity
from pipeline.publication import publish_to
from pipeline.stages.publish import published
from pipeline.storage.base import Storage
from pipeline.storage.location import Bucket, Location, parse_location
from pipeline.storage.opening import open_storage
from pipeline.summary import Summary

STOPPED = "stopped, and nothing that is shown there was changed; the same command goes on where it was"


@click.command(name="publish")
@title_argument
@click.option("--to", "place", required=True, metavar="PLACE", help="s3://bucket/prefix, or a folder.")
@click.option(
    "--version", help="Which version, by the beginning of its name.  [default: what the title shows]"
)
@click.option(
    "--profile", default="", help="The AWS profile that has endpoint, region and credentials of PLACE."
)
@output_option
@json_option
def publish_command(
    title: str, place: str, version: str | None, profile: str, output: Path | None, as_json: bool
) -> None:
    """Copy a version of TITLE to another bucket or folder, and have it shown there.

    Files that are there already are not sent again. The two stable manifests change last, when all files are
    there: whoever plays from PLACE has the old version whole or the new one whole. What is encrypted stays
    as it is.

    \b
    Example:
      telecine publish film -o site --to s3://cdn-bucket/vod --profile cdn
    """
    with renderer(as_json) as emit, ending_told(emit, STOPPED), opened_site(existing(output)) as site:
        location = _destination(place, profile, site.settings.storage)
        wanted = _wanted(title, versions_of(site.catalog, title), version)
        with _opened(location, site.settings.scratch) as target:
            publish_to(site.storage, target, title, wanted.version, emit)
        tell_caches(title, location)
        end = published(location, from_json(wanted.summary, Summary))
        emit(end)
    if not as_json:
        print_paths(end)


def _destination(place: str, profile: str, own: Location) -> Location:
    location = parse_location(place)
    if isinstance(location, Bucket):
        location = replace(location, profile=profile)
    elif profile:
        raise UsageError("--profile is for a bucket, and --to names a folder")
    if str(location) == str(own):
        raise UsageError(f"{place} is where the titles of this site are; see `telecine rollback`")
    return location


def _wanted(title: str, versions: list[VersionRecord], beginning: str | None) -> VersionRecord:
    if beginning is not None:
        return version_named(title, versions, beginning)
    current = next((record for record in versions if record.current), None)
    if current is None:
        raise UsageError(f"{title}: shows no version; name one with --version")
    return current


@contextmanager
def _opened(location: Location, scratch: Path) -> Iterator[Storage]:
    """In a folder, half-made files are on its own disk, and nothing of them is left."""
    if isinstance(location, Bucket):
        yield open_storage(location, scratch)
        return
    own = location / "tmp" / identity()
    try:
        yield open_storage(location, own)
    finally:
        with suppress(OSError):
            own.rmdir()
            own.parent.rmdir()

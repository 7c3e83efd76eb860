"""`telecine storage`: the settings of the bucket that a site keeps its titles in."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.checks import show_checks
from pipeline.cli.opening import existing
from pipeline.cli.options import json_option, output_option
from pipeline.cli.storage_checks import TOLD, storage_checks
from pipeline.cli.wording import count
from pipeline.codec import to_json
from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.storage.location import Bucket

if TYPE_CHECKING:
    from pipeline.storage.s3.bucket_setup import Compared

profile_option = click.option(
    "--profile",
    default="",
    help="An AWS profile that may see and change the bucket's settings; workers need not.",
)


@click.group(name="storage")
def storage_command() -> None:
    """Set up the bucket of a site, and look whether it is.

    \b
    Example:
      telecine storage setup -o site --dry-run
    """


@storage_command.command(name="setup")
@output_option
@profile_option
@click.option("--origin", "origins", multiple=True, help="A web site that may read it; repeat.  [default: *]")
@click.option(
    "--expire-artifacts",
    "artifact_days",
    type=click.IntRange(0),
    metavar="DAYS",
    help="Remove artifacts so long after they were made, needed or not; 0 ends that.  [default: never]",
)
@click.option(
    "--keep-previous",
    "previous_days",
    type=click.IntRange(0),
    metavar="DAYS",
    help="Keep what is overwritten or deleted for so long; 0 keeps nothing.  [default: 30]",
)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@json_option
@click.pass_context
def setup(
    ctx: click.Context,
    output: Path | None,
    profile: str,
    origins: tuple[str, ...],
    artifact_days: int | None,
    previous_days: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the bucket's settings to what telecine wants of them: no public access, encryption, lifecycle
    rules, versions, CORS.

    Rules that are not telecine's stay as they are. What is not asked for stays as it was set up before.

    \b
    Example:
      telecine storage setup -o site --origin https://example.com --dry-run
    """
    from pipeline.storage.s3.bucket_settings import Wishes
    from pipeline.storage.s3.bucket_setup import apply, compare
    from pipeline.storage.s3.storage import S3Storage

    settings = existing(output)
    bucket = _bucket(settings, profile)
    place = S3Storage.of(bucket, settings.scratch).place
    hidden = False
    for compared in compare(place, Wishes(origins or None, artifact_days, previous_days)):
        if compared.state == "differs" and not dry_run:
            apply(place, compared)
        for line in [_json(compared)] if as_json else _lines(compared, dry_run):
            click.echo(line)
        hidden |= compared.state == "hidden"
    if hidden:
        ctx.exit(1)


@storage_command.command(name="check")
@output_option
@profile_option
@json_option
@click.pass_context
def check(ctx: click.Context, output: Path | None, profile: str, as_json: bool) -> None:
    """Look whether the bucket can be used, what its endpoint lacks, and whether it is set up.

    Fails where a worker could not work with it. `telecine doctor` looks at the same.

    \b
    Example:
      telecine storage check -o site
    """
    settings = existing(output)
    show_checks(ctx, list(storage_checks(_bucket(settings, profile), settings.scratch)), as_json)


def _bucket(settings: Settings, profile: str) -> Bucket:
    location = settings.storage
    if not isinstance(location, Bucket):
        raise UsageError(f"{location} is a folder, and nothing has to be set up there")
    return replace(location, profile=profile, profile_file=None) if profile else location


def _lines(compared: "Compared", dry_run: bool) -> Iterator[str]:
    done = ("would change" if dry_run else "changed") if compared.state == "differs" else TOLD[compared.state]
    yield f"{compared.aspect.name}: {done}" + (f": {compared.note}" if compared.note else "")
    if compared.state == "differs":
        for mark, rules in (("-", compared.removed), ("+", compared.added)):
            for rule in rules:
                yield f"  {mark} {_canonical(rule)}"
        if compared.kept:
            yield f"    {count(compared.kept, 'other rule stays', 'other rules stay')}"


def _json(compared: "Compared") -> str:
    told = {
        "setting": compared.aspect.name,
        "state": compared.state,
        "removed": compared.removed,
        "added": compared.added,
        "note": compared.note,
    }
    return to_json(told).decode()


def _canonical(rule: dict[str, Any]) -> str:
    return json.dumps(rule, sort_keys=True)

"""`telecine gc`: what is stored and nobody needs."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import json_option, output_option
from pipeline.cli.table import print_table
from pipeline.cli.wording import size
from pipeline.codec import to_json
from pipeline.gc import CATEGORIES, garbage, remove, unfinished
from pipeline.runner.site import Site
from pipeline.stages.in_use import InUse
from pipeline.stages.version import version_root

GRACE = 24.0
"""Hours."""


@dataclass
class Freed:
    """How many things of a category, and their bytes; None where storage does not tell."""

    category: str
    count: int = 0
    size: int | None = field(default=0)


@click.command(name="gc")
@output_option
@click.option("--yes", is_flag=True, help="Delete it; otherwise it is only counted.")
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=GRACE,
    show_default=True,
    metavar="HOURS",
    help="Keep what was written to since: a job may be about to use it.",
)
@click.option(
    "--encodes",
    is_flag=True,
    help="Also what published versions were packaged from: to package one anew, it is encoded anew.",
)
@json_option
def gc_command(output: Path | None, yes: bool, grace: float, encodes: bool, as_json: bool) -> None:
    """Delete artifacts, masters, versions' files and unfinished uploads that no version and no job needs.

    Files of deleted titles go when their own grace is over (see `telecine delete`).

    Safe while jobs run. Jobs that failed or were cancelled may be continued, and so keep what they made until
    `telecine delete` removes their title.

    \b
    Example:
      telecine gc -o site --yes
    """
    before = time.time() - grace * 3600
    with opened_site(existing(output)) as site:
        freed = _freed(site, InUse(site.storage, site.catalog, encodes=not encodes), before, yes)
    if as_json:
        categories = {one.category: {"count": one.count, "size": one.size} for one in freed}
        click.echo(to_json({"deleted": yes, **categories}).decode())
        return
    rows = [(one.category, one.count, "" if one.size is None else size(one.size)) for one in freed]
    rows.append(("in all", sum(one.count for one in freed), size(sum(one.size or 0 for one in freed))))
    print_table("WHAT COUNT SIZE", rows, right="COUNT SIZE")
    click.echo("Deleted." if yes else "Nothing was deleted: `telecine gc --yes` does that.")


def _freed(site: Site, in_use: InUse, before: float, yes: bool) -> list[Freed]:
    freed = []
    deletions = site.catalog.deletions.due()
    due = {version_root(deletion.title, deletion.version) for deletion in deletions}
    for category in CATEGORIES:
        found = garbage(site.storage, in_use, category, before, due=due)
        counted = Freed(category)
        for one in remove(site.storage, in_use, found) if yes else found:
            counted.count += 1
            counted.size = (counted.size or 0) + one.size
        freed.append(counted)
    for deletion in deletions if yes else ():
        site.catalog.deletions.done(deletion)
    uploads = unfinished(site.storage, before)
    for upload in uploads if yes else ():
        site.storage.uploads.abort(upload.key, upload.id)
    return [*freed, Freed("uploads", len(uploads), None)]

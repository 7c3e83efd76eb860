"""`telecine titles`: what is published."""

from collections import defaultdict
from pathlib import Path

import click

from pipeline.catalog.records import VersionRecord
from pipeline.cli.opening import opened_catalog
from pipeline.cli.options import json_option, output_option
from pipeline.cli.table import print_table
from pipeline.cli.wording import clock, moment, size
from pipeline.codec import from_json, to_json
from pipeline.summary import Summary


@click.command(name="titles")
@output_option
@json_option
def titles_command(output: Path | None, as_json: bool) -> None:
    """List titles, by name: the version that each shows.

    \b
    Example:
      telecine titles -o site
    """
    with opened_catalog(output) as catalog:
        found = catalog.titles.all_versions()
    titles: defaultdict[str, list[VersionRecord]] = defaultdict(list)
    for version in found:
        titles[version.title].append(version)
    if as_json:
        for title in sorted(titles):
            click.echo(to_json(_fields(titles[title])).decode())
        return
    rows = (_row(titles[title]) for title in sorted(titles))
    print_table("TITLE VERSION VERSIONS LENGTH SIZE PUBLISHED", rows, right="VERSIONS LENGTH SIZE")


def _fields(versions: list[VersionRecord]) -> dict[str, object]:
    shown = _shown(versions)
    summary = from_json(shown.summary, Summary) if shown else None
    return {
        "title": versions[0].title,
        "version": shown and shown.version,
        "published": shown and shown.published,
        "versions": len(versions),
        "duration": summary and summary.duration,
        "size": summary and summary.size,
    }


def _row(versions: list[VersionRecord]) -> tuple[object, ...]:
    shown = _shown(versions)
    if shown is None:
        return versions[0].title, "none", len(versions), "", "", ""
    summary = from_json(shown.summary, Summary)
    length, bytes_ = clock(float(summary.duration)), size(summary.size)
    return shown.title, shown.version, len(versions), length, bytes_, moment(shown.published)


def _shown(versions: list[VersionRecord]) -> VersionRecord | None:
    return next((version for version in versions if version.current), None)

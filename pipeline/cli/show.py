"""`telecine show`: one title, its versions and renditions."""

from pathlib import Path

import click
import msgspec

from pipeline.catalog.records import VersionRecord
from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing, opened_site
from pipeline.cli.options import json_option, output_option, title_argument
from pipeline.cli.table import print_table
from pipeline.cli.wording import clock, moment, size
from pipeline.codec import from_json, to_json
from pipeline.stages.manifests import DASH, HLS
from pipeline.storage.location import Location, address
from pipeline.summary import RenditionReport, Summary


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a title: `published` in seconds since the epoch, `hls` and `dash` where it alone plays."""

    version: str
    current: bool
    published: float
    job: str
    hls: str
    dash: str
    summary: Summary


@click.command(name="show")
@title_argument
@output_option
@json_option
def show_command(title: str, output: Path | None, as_json: bool) -> None:
    """Show TITLE: where it plays, its versions, and the renditions of the one that it shows.

    \b
    Example:
      telecine show film -o site
    """
    with opened_site(existing(output)) as site:
        location = site.settings.storage
        versions = [_shown(location, record) for record in versions_of(site.catalog, title)]
        hls, dash = (address(location, f"titles/{title}/{name}") for name in (HLS, DASH))
    current = next((version for version in versions if version.current), None)
    if as_json:
        playing = {"hls": hls, "dash": dash} if current else {"hls": None, "dash": None}
        click.echo(to_json({"title": title, **playing, "versions": versions}).decode())
        return
    click.echo(f"HLS   {hls}\nDASH  {dash}" if current else "It shows no version.")
    click.echo()
    print_table("VERSION LENGTH SIZE PUBLISHED JOB _", map(_row, versions), right="LENGTH SIZE")
    if current:
        click.echo()
        rows = map(_rendition, current.summary.renditions)
        print_table("RENDITION CODECS PICTURE_OR_SOUND AVERAGE PEAK SIZE", rows, right="AVERAGE PEAK SIZE")


def _shown(location: Location, record: VersionRecord) -> Shown:
    root = f"titles/{record.title}/v/{record.version}"
    return Shown(
        version=record.version,
        current=record.current,
        published=record.published,
        job=record.job,
        hls=address(location, f"{root}/{HLS}"),
        dash=address(location, f"{root}/{DASH}"),
        summary=from_json(record.summary, Summary),
    )


def _row(shown: Shown) -> tuple[object, ...]:
    length, bytes_ = clock(float(shown.summary.duration)), size(shown.summary.size)
    mark = "current" if shown.current else ""
    return shown.version, length, bytes_, moment(shown.published), shown.job, mark


def _rendition(rendition: RenditionReport) -> tuple[object, ...]:
    if rendition.kind == "video":
        what = f"{rendition.width}x{rendition.height}, {float(rendition.rate):.6g}/s"
    else:
        what = f"{rendition.language}, {rendition.channels} channels, {int(rendition.rate)} Hz"
    average, peak = _rate(rendition.average_bandwidth), _rate(rendition.peak_bandwidth)
    return rendition.path, rendition.codecs, what, average, peak, size(rendition.size)


def _rate(bits: int) -> str:
    return f"{round(bits / 1000)} kb/s"

"""`telecine top`: what a site does right now."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from pipeline.catalog.catalog import Catalog
from pipeline.cli.opening import existing, opened_catalog
from pipeline.cli.options import json_option, output_option
from pipeline.cli.polling import Polling, View
from pipeline.cli.topview import drawn
from pipeline.codec import to_json
from pipeline.errors import StorageError

QUICKEST = 0.5
"""Seconds: the catalog has other work."""


@click.command(name="top")
@output_option
@click.option(
    "--interval",
    type=click.FloatRange(QUICKEST),
    default=2.0,
    show_default=True,
    help="Seconds from one look to the next.",
)
@click.option("--once", is_flag=True, help="Look once, and do not clear the screen.")
@json_option
def top_command(output: Path | None, interval: float, once: bool, as_json: bool) -> None:
    """Watch queues, workers and jobs until Ctrl-C.

    Speeds are those of the last two minutes, or since a job began; LEFT is until all is encoded; AGAIN counts
    the attempts that had to be repeated.

    \b
    Example:
      telecine top -o site
    """
    with opened_catalog(output) as catalog, suppress(KeyboardInterrupt):
        if once:
            _show(Polling(catalog).look(), str(existing(output).root), as_json)
        elif as_json:
            for view, _ in _views(catalog, interval):
                click.echo(to_json(view))
        else:
            _watch(catalog, interval, str(existing(output).root))


def _show(view: View, place: str, as_json: bool) -> None:
    if as_json:
        click.echo(to_json(view))
    else:
        Console(highlight=False).print(drawn(view, place))


def _watch(catalog: Catalog, interval: float, place: str) -> None:
    console = Console(highlight=False)
    with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
        for view, trouble in _views(catalog, interval):
            live.update(drawn(view, place, trouble), refresh=True)


def _views(catalog: Catalog, interval: float) -> Iterator[tuple[View, str]]:
    """What was seen last, and what keeps it from being the present. Raises StorageError where nothing was
    seen yet."""
    polling = Polling(catalog)
    view = polling.look()
    trouble = ""
    while True:
        yield view, trouble
        time.sleep(interval)
        try:
            view, trouble = polling.look(), ""
        except StorageError as error:
            trouble = str(error)

"""`telecine token`: let somebody play an encrypted title."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing, opened_catalog
from pipeline.cli.options import output_option, title_argument
from pipeline.cli.spans import Span
from pipeline.keys.classes import KEY_CLASSES, KeyClass
from pipeline.keys.opening import open_keys
from pipeline.keys.tokens import LONGEST


class Classes(click.ParamType[tuple[KeyClass, ...]]):
    """As `audio,sd`."""

    name = "classes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[KeyClass, ...]:
        if isinstance(value, tuple):
            return value
        names = [name.strip() for name in str(value).split(",")]
        if unknown := [name for name in names if name not in KEY_CLASSES]:
            self.fail(f"no class {unknown[0]!r}; there are {', '.join(KEY_CLASSES)}", param, ctx)
        return tuple(one for one in KEY_CLASSES if one in names)


@click.command(name="token")
@title_argument
@output_option
@click.option(
    "--classes",
    type=Classes(),
    default=",".join(KEY_CLASSES),
    show_default=True,
    help="Whose keys it allows: those of sound, and of video to 576 lines, to 1080 and above.",
)
@click.option(
    "--ttl", type=Span(LONGEST), default="1h", show_default=True, help="How long it lasts, 24h at most."
)
def token_command(title: str, output: Path | None, classes: tuple[KeyClass, ...], ttl: int) -> None:
    """Print a playback token for TITLE: whoever has it gets the title's keys.

    \b
    Example:
      telecine token film -o site --classes audio,sd --ttl 2h
    """
    root = existing(output).root
    with opened_catalog(output) as catalog:
        versions_of(catalog, title)
        click.echo(open_keys(catalog, root).tokens.mint(title, classes, ttl))

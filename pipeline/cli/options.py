"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def output_option(command: F) -> F:
    return click.option(
        "-o",
        "--output",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of titles, artifacts and the catalog.  [default: $TELECINE_ROOT, or a folder per user]",
    )(command)


def storage_option(command: F) -> F:
    return click.option(
        "--storage",
        help="Where a new site has masters, artifacts and titles: s3://bucket/prefix, a folder, or s3, a "
        "server that `telecine up` embeds.  [default: $TELECINE_STORAGE, or the folder of -o]",
    )(command)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")(command)


def master_argument(command: F) -> F:
    return click.argument("master", type=click.Path(path_type=Path))(command)


def title_option(command: F) -> F:
    told = "Name in URLs: lower-case letters, digits, hyphens.  [default: from the file's name]"
    return click.option("--title", help=told)(command)


def ladder_option(command: F) -> F:
    told = "A shipped ladder or a YAML file; may be repeated."
    return click.option("--ladder", "ladders", multiple=True, help=told)(command)


def codec_option(command: F) -> F:
    told = "Codecs, separated by commas: h264, av1.  [default: those of the ladders, or h264]"
    return click.option("--codec", help=told)(command)


def job_argument(command: F) -> F:
    return click.argument("job")(command)


def title_argument(command: F) -> F:
    return click.argument("title")(command)


def yes_option(command: F) -> F:
    return click.option("--yes", is_flag=True, help="Do it, without asking.")(command)

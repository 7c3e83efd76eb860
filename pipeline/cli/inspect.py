"""`telecine inspect`: the boxes of an MP4 file or a segment."""

from pathlib import Path

import click

from packagers.mp4.bits import Mp4Error
from packagers.mp4.dump import dump
from pipeline.errors import UsageError


@click.command(name="inspect")
@click.argument("file", type=click.Path(path_type=Path))
def inspect_command(file: Path) -> None:
    """Print the box tree of FILE, an MP4 file or a segment, as text.

    \b
    Example:
      telecine inspect site/titles/film/v/3f2a/video/h264-720/seg-00001.m4s
    """
    try:
        with file.open("rb") as opened:
            for line in dump(opened):
                click.echo(line)
    except Mp4Error as error:
        raise UsageError(f"{file}: {error}") from error
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error

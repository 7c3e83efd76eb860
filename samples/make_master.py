"""Make a master for tests and demonstrations: python samples/make_master.py film.mp4 --seconds 75"""

from fractions import Fraction
from pathlib import Path
from subprocess import CalledProcessError

import click
from master import MasterSpec, Picture, Track, make_master
from master.spec import CHANNELS, CODECS, ROTATIONS


def size(text: str) -> tuple[int, int]:
    """Width and height of 1280x720."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError(f"{text!r} is not like 1280x720")
    return int(width), int(height)


def track(text: str) -> Track:
    """The track of eng:stereo; the layout may be left out."""
    return Track(*text.split(":", 1))


@click.command(context_settings={"show_default": True})
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--size", type=size, default="1280x720", help="Width x height, as shown.")
@click.option("--rate", type=Fraction, default="24000/1001", help="Frames a second.")
@click.option("--seconds", type=Fraction, default="75", help="Length, to the nearest frame.")
@click.option("--frames", type=int, help="Length in frames, in place of --seconds.")
@click.option("--codec", type=click.Choice(CODECS), default="h264", help="Video codec.")
@click.option("--sar", type=Fraction, default="1", help="Shape of a pixel, width / height.")
@click.option("--rotate", type=click.Choice(ROTATIONS), default=0, help="Degrees for players to turn it.")
@click.option(
    "--audio",
    type=track,
    multiple=True,
    default=["eng:stereo"],
    help=f"An audio track, LANGUAGE:LAYOUT, with a layout of {', '.join(CHANNELS)}. May be repeated.",
)
@click.option("--no-audio", is_flag=True, help="A silent master.")
@click.option("--no-video", is_flag=True, help="An audio-only master.")
@click.option("--start", type=Fraction, default="0", help="Seconds added to all time stamps.")
def main(
    path: Path,
    size: tuple[int, int],
    rate: Fraction,
    seconds: Fraction,
    frames: int | None,
    codec: str,
    sar: Fraction,
    rotate: int,
    audio: tuple[Track, ...],
    no_audio: bool,
    no_video: bool,
    start: Fraction,
) -> None:
    """Make a master at PATH, whose suffix says the container: .mp4, .mov, .mkv, .ts or .wav."""
    try:
        spec = MasterSpec(
            seconds=seconds if frames is None else frames / rate,
            picture=None if no_video else Picture(*size, rate, sar, rotate, codec),
            tracks=() if no_audio else audio,
            start=start,
        )
        make_master(path, spec)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except CalledProcessError as error:
        raise click.ClickException(f"ffmpeg cannot make {path.name}: it says why above") from error


if __name__ == "__main__":
    main()

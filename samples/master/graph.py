"""The filter graph that draws and sounds a master."""

from fractions import Fraction
from itertools import cycle, pairwise

from .film import FILM, shot_starts
from .lettering import running_time, title
from .marks import SAMPLE_RATE, bar_height, frame_code, lamp, sound
from .spec import MasterSpec, Picture

# Players turn the picture clockwise, so it is stored turned counterclockwise.
STORED = {0: "null", 90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}


def graph(spec: MasterSpec) -> str:
    """A graph for ffmpeg's lavfi input, with outputs out0, out1, ... in the order of the master's streams."""
    video = [_picture(spec, spec.picture)] if spec.picture else []
    samples = round(spec.frames / spec.rate * SAMPLE_RATE)
    audio = [
        f"{sound(index, track.layout, spec.rate)},atrim=end_sample={samples}"
        for index, track in enumerate(spec.tracks)
    ]
    return ";".join(f"{chain}[out{index}]" for index, chain in enumerate(video + audio))


def _picture(spec: MasterSpec, picture: Picture) -> str:
    bar = bar_height(picture)
    finish = [
        lamp(picture),
        *_lettering(spec, picture),
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
        f"setsar={picture.sar}",
        STORED[picture.rotation],
    ]
    return (
        f"{_film(spec, picture)},{_exact_time(picture.rate)},"
        f"pad={picture.width}:{picture.height}:0:{bar}[film];"
        f"{frame_code(picture)},format={_pixel_format(picture)}[code];"
        f"[film][code]overlay=0:{picture.height - bar}:format=auto:shortest=1,{','.join(finish)}"
    )


def _film(spec: MasterSpec, picture: Picture) -> str:
    """The shots, joined, between the bars."""
    width, height = picture.width, picture.height - 2 * bar_height(picture)
    lengths = [end - start for start, end in pairwise([*shot_starts(spec), spec.frames])]
    chains = [
        f"{shot.draw(width, height, picture.rate, frames)},format={_pixel_format(picture)},setsar=1[shot{i}]"
        for i, (shot, frames) in enumerate(zip(cycle(FILM), lengths, strict=False))
    ]
    labels = "".join(f"[shot{i}]" for i in range(len(chains)))
    return f"{';'.join(chains)};{labels}concat=n={len(chains)}"


def _exact_time(rate: Fraction) -> str:
    """concat counts in microseconds; the exact time is the frame number."""
    return f"settb={rate.denominator}/{rate.numerator},setpts=N"


def _pixel_format(picture: Picture) -> str:
    """H.264 has no 4:2:0 for odd sizes."""
    return "yuv444p" if picture.width % 2 or picture.height % 2 else "yuv420p"


def _lettering(spec: MasterSpec, picture: Picture) -> list[str]:
    if not spec.font:
        return []
    width, height = picture.width, picture.height
    facts = f"{width}x{height}  {picture.rate} fps"
    shown = round(FILM[0].seconds * picture.rate)
    return [
        running_time(spec.font, width, bar_height(picture)),
        *title(spec.font, width, height, facts, shown),
    ]

"""What comes out of the picture filters, measured on pixels that ffmpeg drew."""

import subprocess
from fractions import Fraction
from itertools import pairwise
from typing import Any

import ffmpeg as graph
import msgspec
import pytest

from pipeline.ffmpeg.picture import picture, scaled
from pipeline.media import Colour, VideoStream

WIDTH, HEIGHT = 640, 360

STREAM = VideoStream(
    index=0,
    codec="h264",
    width=1280,
    height=720,
    sar=Fraction(1),
    rotation=0,
    pixel_format="yuv420p",
    interlaced=False,
    colour=Colour(),
    time_base=Fraction(1, 25),
    rate=Fraction(25),
    frames=1,
    duration=None,
)
BT709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709")
BT601 = Colour(primaries="smpte170m", transfer="smpte170m", matrix="smpte170m")


def plane_means(binary: str, drawn: str, stream: VideoStream) -> tuple[int, int, int]:
    """Mean of Y, Cb and Cr of the picture that the filters make of `drawn`."""
    data = pixels(binary, drawn, stream)
    edges = (0, WIDTH * HEIGHT, WIDTH * HEIGHT * 5 // 4, WIDTH * HEIGHT * 3 // 2)
    first, second, third = (data[a:b] for a, b in pairwise(edges))
    return round(sum(first) / len(first)), round(sum(second) / len(second)), round(sum(third) / len(third))


def pixels(binary: str, drawn: str, stream: VideoStream) -> bytes:
    frames = picture(graph.input(drawn, f="lavfi"), stream)
    output = scaled(frames, WIDTH, HEIGHT, stream).output("pipe:1", f="rawvideo", **{"frames:v": 1})
    command = [binary, "-nostdin", "-loglevel", "error", *output.get_args()]
    return subprocess.run(command, capture_output=True, check=True).stdout


def of(width: int = 1280, height: int = 720, **changes: Any) -> VideoStream:
    return msgspec.structs.replace(STREAM, width=width, height=height, **changes)


def flat(size: str, tags: str, y: int = 120, cb: int = 90, cr: int = 200) -> str:
    """One colour all over, tagged with setparams' `tags`."""
    return f"color=s={size}:r=25,format=yuv420p,geq=lum={y}:cb={cb}:cr={cr},setparams={tags}"


@pytest.mark.parametrize(
    ("size", "tags", "colour"),
    [
        ("1280x720", "colorspace=bt709", BT709),
        ("1280x720", "colorspace=unknown", Colour()),
        ("720x576", "colorspace=smpte170m", BT601),
        ("720x576", "colorspace=unknown", Colour()),
        ("1280x720", "colorspace=smpte170m", BT601),
    ],
)
def test_colours_of_standard_range_pass_unchanged(ffmpeg: str, size: str, tags: str, colour: Colour) -> None:
    width, height = map(int, size.split("x"))
    assert plane_means(ffmpeg, flat(size, tags), of(width, height, colour=colour)) == (120, 90, 200)


def test_full_range_is_limited(ffmpeg: str) -> None:
    """White is 255 in full range and 235 in limited range; 128 is no colour in both."""
    stream = of(colour=msgspec.structs.replace(BT709, full_range=True))
    white = flat("1280x720", "colorspace=bt709:range=pc", y=255, cb=128, cr=128)
    assert plane_means(ffmpeg, white, stream) == (235, 128, 128)


def test_rgb_red_becomes_red(ffmpeg: str) -> None:
    """ITU-R BT.709: 16 + 219 * 0.2126, 128 - 224 * 0.2126 / 1.8556, 128 + 224 / 2."""
    red = "color=c=red:s=1280x720:r=25,format=gbrp"
    assert plane_means(ffmpeg, red, of(pixel_format="gbrp")) == (63, 102, 240)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
@pytest.mark.parametrize("primaries", ["bt2020", "unknown"])
@pytest.mark.parametrize("matrix", ["bt2020nc", "unknown"])
def test_high_dynamic_range_is_mapped_however_it_is_tagged(
    ffmpeg: str, transfer: str, primaries: str, matrix: str
) -> None:
    tags = f"color_trc={transfer}:color_primaries={primaries}:colorspace={matrix}"
    colour = Colour(primaries=primaries, transfer=transfer, matrix=matrix)
    grey = flat("1280x720", tags, y=120, cb=128, cr=128)
    y, cb, cr = plane_means(ffmpeg, grey, of(colour=colour))
    assert 60 < y < 200
    assert (cb, cr) == (128, 128)


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, "top left"), (90, "top right"), (180, "bottom right"), (270, "bottom left")]
)
def test_the_picture_is_turned_clockwise(ffmpeg: str, rotation: int, corner: str) -> None:
    """A white square in the top left corner of the coded picture."""
    square = "color=c=black:s=1280x720:r=25,drawbox=w=200:h=200:c=white:t=fill,format=yuv420p"
    luma = pixels(ffmpeg, square, of(rotation=rotation, colour=BT709))[: WIDTH * HEIGHT]
    corners = {
        "top left": luma[10 * WIDTH + 10],
        "top right": luma[10 * WIDTH + WIDTH - 10],
        "bottom left": luma[(HEIGHT - 10) * WIDTH + 10],
        "bottom right": luma[(HEIGHT - 10) * WIDTH + WIDTH - 10],
    }
    assert corners == {**dict.fromkeys(corners, 16), corner: 235}

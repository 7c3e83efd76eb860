"""Small real titles in the published layout, made by ffmpeg's own muxers: `python sample_titles.py ROOT PORT`
serves them, as `TELECINE_ACCESS` has it.

`moving` has two rungs of H.264, one of AV1 and stereo sound; `spoken` has two rungs of sound and no picture.
Both are six seconds long.
"""

import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path

import imageio_ffmpeg

from pipeline.catalog.catalog import Catalog
from pipeline.keys.links import Links
from pipeline.keys.opening import open_keys
from pipeline.origin.access import Access
from pipeline.origin.app import create_app
from pipeline.origin.cards import AudioRendition, TitleCard, VideoRendition
from pipeline.origin.server import serve

SECONDS = 6
_VERSION = "v/c0ffee"


def titles() -> list[TitleCard]:
    return [
        TitleCard(
            slug="moving",
            name="Moving test picture",
            version="c0ffee",
            duration=Fraction(SECONDS),
            poster=f"{_VERSION}/images/poster.jpg",
            video=(
                _rung("avc-180", "avc1.42c00d", 320, 180, 150_000),
                _rung("avc-360", "avc1.42c01e", 640, 360, 400_000),
                _rung("av1-180", "av01.0.00M.08", 320, 180, 100_000),
                _rung("hevc-360", "hvc1.1.6.L63.90", 640, 360, 300_000),
            ),
            audio=(_sound("en", 96_000),),
        ),
        TitleCard(
            slug="spoken",
            name="Spoken word",
            version="c0ffee",
            duration=Fraction(SECONDS),
            poster=None,
            video=(),
            audio=(_sound("low", 48_000), _sound("high", 128_000)),
        ),
    ]


def build(root: Path) -> None:
    """Publish the titles below `root`."""
    _mux(
        root / "titles/moving",
        *("-map", "[small]", "-map", "[large]", "-map", "[modern]", "-map", "1:a"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:v:2", "libsvtav1", "-preset:v:2", "12"),
        *("-b:v:0", "150k", "-b:v:1", "400k", "-b:v:2", "100k", "-b:a", "96k"),
        *("-adaptation_sets", "id=0,streams=0,1 id=1,streams=2 id=2,streams=3"),
        renditions=4,
        graph="[0:v]split=3[a][large][b];[a]scale=320:180[small];[b]scale=320:180[modern]",
    )
    _mux(
        root / "titles/spoken",
        *("-map", "1:a", "-map", "1:a", "-b:a:0", "48k", "-b:a:1", "128k"),
        *("-adaptation_sets", "id=0,streams=0,1"),
        renditions=2,
        graph=None,
    )
    images = root / "titles/moving" / _VERSION / "images"
    images.mkdir()
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1", str(images / "poster.jpg"))


def _mux(title: Path, *options: str, renditions: int, graph: str | None) -> None:
    for number in range(renditions):
        (title / _VERSION / str(number)).mkdir(parents=True)
    picture = f"testsrc2=size=640x360:rate=25:duration={SECONDS}"
    sound = f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"
    _ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound),
        *(("-filter_complex", graph) if graph else ()),
        *options,
        *("-c:a", "aac", "-ac", "2", "-pix_fmt", "yuv420p"),
        *("-g", "50", "-keyint_min", "50", "-sc_threshold", "0"),
        *("-f", "dash", "-seg_duration", "2", "-hls_playlist", "1"),
        *("-use_template", "1", "-use_timeline", "1"),
        *("-init_seg_name", f"{_VERSION}/$RepresentationID$/init.mp4"),
        *("-media_seg_name", f"{_VERSION}/$RepresentationID$/seg-$Number%05d$.m4s"),
        str(title / "manifest.mpd"),
    )


def _ffmpeg(*arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def _rung(name: str, codec: str, width: int, height: int, rate: int) -> VideoRendition:
    return VideoRendition(name, codec, width, height, Fraction(25), rate, rate * 6 // 5)


def _sound(name: str, rate: int) -> AudioRendition:
    return AudioRendition(name, "mp4a.40.2", "en", 2, rate, rate + 4000)


def links(root: Path) -> Links:
    """To the titles of `root`, where they want one."""
    return open_keys(Catalog(f"sqlite:///{root}/catalog.db"), root).links


def keys(root: Path) -> Mapping[bytes, bytes]:
    return links(root).keys()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    access = Access.of(partial(keys, folder))
    serve(partial(create_app, folder, titles, access=access), port=int(sys.argv[2]))

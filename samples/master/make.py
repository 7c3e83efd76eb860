"""Run ffmpeg, once, to write a master."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg

from .graph import graph
from .spec import MasterSpec

VIDEO_ENCODERS = {
    "h264": "libx264 -preset superfast -crf 18 -bf 3",
    "mpeg2": "mpeg2video -q:v 2 -bf 2 -g 15",
    "prores": "prores -profile:v 3 -pix_fmt yuv422p10le",
    "ffv1": "ffv1 -level 3 -g 1 -slices 4 -slicecrc 1",
}
AUDIO_ENCODERS = {
    ".mp4": "aac -aac_coder fast -b:a 256k",
    ".mov": "pcm_s24le",
    ".mkv": "flac -sample_fmt s16",
    ".ts": "ac3 -b:a 448k",
    ".wav": "pcm_s24le",
}


def make_master(path: Path, spec: MasterSpec) -> None:
    """Write the master to `path`; its suffix says the container and the audio codec.

    Raises ValueError for an unknown suffix, CalledProcessError where ffmpeg refuses the combination.
    """
    if path.suffix not in AUDIO_ENCODERS:
        raise ValueError(f"no container {path.suffix!r}: use one of {', '.join(AUDIO_ENCODERS)}")
    # The number of threads shows in the encoders' bytes.
    exact = ["-fflags", "+bitexact", "-flags", "+bitexact", "-threads", "2"]
    shift = ["-output_ts_offset", str(float(spec.start))]
    arguments = [*_source(spec), "-map", "0", *_streams(path, spec), *exact, *shift, str(path)]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "warning", "-y", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _source(spec: MasterSpec) -> Iterator[str]:
    if spec.picture and spec.picture.rotation:
        yield from ["-noautorotate", "-display_rotation:v:0", str(-spec.picture.rotation)]
    yield from ["-f", "lavfi", "-i", graph(spec)]


def _streams(path: Path, spec: MasterSpec) -> Iterator[str]:
    if spec.picture:
        yield from ["-c:v", *VIDEO_ENCODERS[spec.picture.codec].split()]
    if spec.tracks:
        yield from ["-c:a", *AUDIO_ENCODERS[path.suffix].split()]
    for index, track in enumerate(spec.tracks):
        yield from [f"-metadata:s:a:{index}", f"language={track.language}"]

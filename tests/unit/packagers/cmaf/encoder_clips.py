"""Recipes for real encoder output."""

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import imageio_ffmpeg

from packagers.cmaf import OpenFile, VideoPlan

X264 = "-c:v libx264 -preset veryfast -crf 30 -profile:v high -x264-params stitchable=1:scenecut=0:open-gop=0"
SVT_AV1 = "-c:v libsvtav1 -preset 12 -crf 50 -g 999 -svtav1-params scd=0"
ENCODERS = {"h264": f"{X264} -level 4.0", "av1": SVT_AV1}
MP4 = "-f mp4 -movflags +frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets"
BT709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


@dataclass(frozen=True)
class Clip:
    """Chunks of one rendition and the plan that they follow."""

    plan: VideoPlan
    paths: tuple[Path, ...]

    @property
    def files(self) -> list[OpenFile]:
        return [partial(path.open, "rb") for path in self.paths]


def ffmpeg(*args: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *args]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def encode_chunk(path: Path, encoder: str, plan: VideoPlan, frames: range) -> None:
    """Frames of a moving test picture, with IDR frames where the plan has them.

    Their times are rounded down: ffmpeg forces the first frame that is not before.
    """
    rate = plan.frame_rate
    micros = [(gop.start - frames.start) * 10**6 // rate for gop in plan.gops_in(frames)]
    idr = ",".join(f"{micro}us" for micro in micros)
    source = f"testsrc2=size=160x90:rate={rate},trim=start_frame={frames.start}:end_frame={frames.stop}"
    picture = f"setpts=PTS-STARTPTS,{BT709},format=yuv420p"
    ffmpeg(
        *("-f", "lavfi", "-i", source, "-vf", picture, *encoder.split(), "-force_key_frames", idr),
        *("-enc_time_base", f"{rate.denominator}/{rate.numerator}"),
        *("-video_track_timescale", str(plan.timescale), *MP4.split(), str(path)),
    )


def plan_at(rate: Fraction) -> VideoPlan:
    """100 frames: uneven GOPs, four segments, two chunks."""
    return VideoPlan(
        frame_rate=rate,
        timescale=rate.numerator * (1000 if rate.denominator == 1 else 1),
        total_frames=100,
        idr_frames=(0, 12, 24, 36, 50, 74, 99),
        segment_starts=(0, 24, 50, 99),
        chunk_starts=(0, 50),
    )


def encode_clip(folder: Path, rate: Fraction, codec: str) -> Clip:
    """`codec` is `h264` or `av1`."""
    plan = plan_at(rate)
    paths = tuple(folder / f"{number}.mp4" for number in range(len(plan.chunks)))
    for path, frames in zip(paths, plan.chunks, strict=True):
        encode_chunk(path, ENCODERS[codec], plan, frames)
    return Clip(plan, paths)


def encode_sweep(path: Path) -> None:
    """200000 samples of a sweep in stereo at 48 kHz, encoded by ffmpeg's own AAC encoder."""
    sweep = "aevalsrc=sin(200*t*t)|sin(300*t*t):sample_rate=48000,atrim=end_sample=200000"
    ffmpeg(
        *("-f", "lavfi", "-i", sweep, "-c:a", "aac", "-b:a", "96k", "-frag_duration", "1000000"),
        *("-f", "mp4", "-movflags", "+empty_moov+default_base_moof+delay_moov", str(path)),
    )

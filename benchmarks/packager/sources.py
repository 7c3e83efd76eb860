"""The two sources: few large samples, and many small ones."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

PICTURE = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,format=yuv420p"
FRAGMENTED = "+frag_keyframe+empty_moov+default_base_moof+delay_moov+negative_cts_offsets"
SEGMENT_SECONDS, GOP_SECONDS = 4, 2


@dataclass(frozen=True)
class SourceSpec:
    """`seconds` are encoded, with `noise` enough to fill the rate (bits per second), and then repeated."""

    name: str
    size: str
    rate: int
    bits: int
    seconds: int
    times: int
    noise: int
    preset: str

    @property
    def gop(self) -> int:
        return GOP_SECONDS * self.rate

    @property
    def segment(self) -> int:
        return SEGMENT_SECONDS * self.rate

    @property
    def frames(self) -> int:
        return self.rate * self.seconds * self.times

    def make(self, folder: Path) -> Path:
        """The file, made once; its samples are those of an encoder, the same again every few seconds."""
        path, once = folder / f"{self.name}.mp4", folder / f"{self.name}-once.mp4"
        if not path.exists():
            picture = f"testsrc2=size={self.size}:rate={self.rate}:duration={self.seconds}"
            x264 = f"nal-hrd=cbr:keyint={self.gop}:min-keyint={self.gop}:scenecut=0:open-gop=0:stitchable=1"
            limits = ["-b:v", "-minrate", "-maxrate", "-bufsize"]
            run(
                *("-f", "lavfi", "-i", f"{picture},noise=alls={self.noise}:allf=t", "-vf", PICTURE),
                *("-c:v", "libx264", "-preset", self.preset, "-x264-params", x264),
                *(word for limit in limits for word in (limit, str(self.bits))),
                *("-video_track_timescale", str(1000 * self.rate), str(once)),
            )
            run(
                *("-stream_loop", str(self.times - 1), "-i", str(once), "-c", "copy"),
                *("-video_track_timescale", str(1000 * self.rate), "-movflags", FRAGMENTED, str(path)),
            )
        return path


def run(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


SOURCES = (
    SourceSpec("a", "1920x1080", 25, 30_000_000, seconds=4, times=30, noise=30, preset="superfast"),
    SourceSpec("b", "1280x720", 24, 2_000_000, seconds=60, times=60, noise=6, preset="veryfast"),
)

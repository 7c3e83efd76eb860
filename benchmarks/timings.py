"""When frames are shown, from the index of a master against from all of its packets, in one run.

    python -m benchmarks.timings [--minutes 120] [--megabits 8] [--rounds 3]

The master is a generated film with its index at the start, written once and repeated for so long; its pages
are dropped from memory before each reading.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from pipeline.ffmpeg.probe import probe
from pipeline.media import MediaInfo
from pipeline.settings import Settings
from pipeline.stages.timings import Packets, by_index, by_packets

Way = Callable[[Path, MediaInfo], Packets | None]

SECONDS = 20
MEGA = 1e6


class Reading(NamedTuple):
    """Seconds, seconds of a processor, and megabytes that came from the disk."""

    wall: float
    cpu: float
    read: float


@click.command()
@click.option("--minutes", default=120, show_default=True)
@click.option("--megabits", default=8, show_default=True, help="A second, of pictures.")
@click.option("--rounds", default=3, show_default=True)
def main(minutes: int, megabits: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        film = _film(Path(folder), minutes, megabits)
        info = probe(film)
        print(f"{film.stat().st_size / MEGA:.0f} MB, {minutes} minutes")
        found = []
        for name, way in (("all packets", by_packets), ("the index", by_index)):
            readings = []
            for _ in range(rounds):
                packets, reading = _measured(film, info, way)
                readings.append(reading)
            found.append(packets)
            wall, cpu, read = (median(values) for values in zip(*readings, strict=True))
            print(f"{name:12} {wall:6.2f} s, {cpu:5.2f} s of CPU, {read:6.0f} MB read")
        print("the same times and key frames" if found[0] == found[1] else "THEY DIFFER")


def _measured(film: Path, info: MediaInfo, way: Way) -> tuple[Packets | None, Reading]:
    with film.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    wall, cpu, before = time.monotonic(), time.process_time(), _read_bytes()
    packets = way(film, info)
    spent = Reading(time.monotonic() - wall, time.process_time() - cpu, (_read_bytes() - before) / MEGA)
    return packets, spent


def _read_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("read_bytes:"))


def _film(folder: Path, minutes: int, megabits: int) -> Path:
    ffmpeg = Settings.load().ffmpeg
    reel, film = folder / "reel.mp4", folder / "film.mp4"
    rate = f"{megabits}M"
    pictures = ("-f", "lavfi", "-i", f"testsrc2=s=1920x1080:r=24:d={SECONDS},noise=alls=20:allf=t")
    sound = ("-f", "lavfi", "-i", f"anoisesrc=d={SECONDS}")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "48", "-b:v", rate, "-maxrate", rate)
    limits = ("-bufsize", rate, "-c:a", "aac", "-b:a", "128k", "-t", str(SECONDS))
    subprocess.run([ffmpeg, "-v", "error", *pictures, *sound, *codecs, *limits, reel], check=True)
    times = str(minutes * 60 // SECONDS - 1)
    repeated = ("-stream_loop", times, "-i", reel, "-c", "copy", "-movflags", "+faststart")
    subprocess.run([ffmpeg, "-v", "error", *repeated, film], check=True)
    return film


if __name__ == "__main__":
    main()

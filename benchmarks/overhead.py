"""What the pipeline costs beside the encoders: a whole job against one hand-written ffmpeg command.

    python benchmarks/overhead.py film.mp4 [--runs 3] [--preset medium]

Both decode the same master and encode the same rungs with the same settings; the command writes plain MP4
files, the job packages, verifies and publishes. They run in turn; medians of the ratios are printed. The
master must be at least 1280x720, with sound, at a whole rate that is also its output rate.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click
import imageio_ffmpeg

RUNGS = {
    "720": (1280, 720, 22.0, 3_400_000, "3.1", 4),
    "540": (960, 540, 21.5, 2_000_000, "3.1", 1),
    "432": (768, 432, 21.0, 1_100_000, "3.0", 1),
    "360": (640, 360, 20.5, 730_000, "3.0", 1),
    "234": (416, 234, 20.0, 365_000, "1.3", 1),
}


class Cost(NamedTuple):
    """Seconds of CPU of all processes, of those that verify, and of wall time; peak bytes of our process."""

    cpu: float
    verify: float
    wall: float
    memory: int


@click.command()
@click.argument("master", type=click.Path(exists=True, path_type=Path))
@click.option("--runs", default=3, show_default=True)
@click.option("--preset", default="medium", show_default=True)
@click.option("--rate", default=24, show_default=True, help="Frames a second of the master.")
def main(master: Path, runs: int, preset: str, rate: int) -> None:
    commands, jobs = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            commands.append(_cost(_hand_written(master, Path(folder), preset, rate)))
            jobs.append(_cost(_job(master, Path(folder), preset)))
        print(f"command {_row(commands[-1])}\njob     {_row(jobs[-1])}", flush=True)
    _summary(commands, jobs)


def _hand_written(master: Path, folder: Path, preset: str, rate: int) -> list[str]:
    """What an engineer would type for the same result in plain files."""
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+bitexact"
    names = list(RUNGS)
    graph, source = [], "0:v"
    for index, name in enumerate(names):
        width, height, *_ = RUNGS[name]
        last = index == len(names) - 1
        out = f"[v{name}]" if last else f",split[v{name}][n{name}]"
        graph.append(f"[{source}]scale={width}:{height}:{flags},format=yuv420p{out}")
        source = f"n{name}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-i", str(master)]
    command += ["-filter_complex", ";".join(graph)]
    for name, (_, _, crf, maxrate, level, threads) in RUNGS.items():
        command += ["-map", f"[v{name}]", "-c:v", "libx264", "-preset", preset, "-crf", str(crf)]
        command += [
            "-maxrate",
            str(maxrate),
            "-bufsize",
            str(2 * maxrate),
            "-profile:v",
            "high",
            "-level",
            level,
        ]
        command += ["-g", str(2 * rate), "-keyint_min", str(2 * rate), "-sc_threshold", "0"]
        command += [
            "-x264-params",
            "stitchable=1:open-gop=0",
            "-threads",
            str(threads),
            str(folder / f"{name}.mp4"),
        ]
    return [*command, "-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-ac", "2", str(folder / "audio.mp4")]


def _job(master: Path, folder: Path, preset: str) -> list[str]:
    ladder = {
        "name": "bench",
        "codec": "h264",
        "preset": preset,
        "rungs": [
            {"name": name, "box": [width, height], "crf": crf, "maxrate": maxrate, "bufsize": 2 * maxrate}
            for name, (width, height, crf, maxrate, _, _) in RUNGS.items()
        ],
    }
    path = folder / "ladder.yaml"
    path.write_text(json.dumps(ladder))
    telecine = Path(sys.executable).with_name("telecine")
    return [str(telecine), "encode", str(master), "-o", str(folder / "site"), "--ladder", str(path), "--json"]


def _cost(command: list[str]) -> Cost:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        memory = verify = 0.0
        for line in process.stdout:
            memory = max(memory, _peak_memory(process.pid))
            event = json.loads(line)
            verify += event.get("cpu", 0) if event.get("kind") == "verify" else 0
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"failed: {command}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, verify, wall, int(memory))


def _peak_memory(pid: int) -> int:
    """Bytes: the high-water mark of a process itself, without its children."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def _row(cost: Cost) -> str:
    memory = f", {cost.memory / 1e6:.0f} MB in Python" if cost.memory else ""
    return f"{cost.cpu:7.1f} s CPU ({cost.verify:.1f} s to verify), {cost.wall:7.1f} s wall{memory}"


def _summary(commands: list[Cost], jobs: list[Cost]) -> None:
    pairs = list(zip(commands, jobs, strict=True))
    ratios = {
        "CPU without verify": [(job.cpu - job.verify) / command.cpu for command, job in pairs],
        "CPU with verify": [job.cpu / command.cpu for command, job in pairs],
        "wall": [job.wall / command.wall for command, job in pairs],
    }
    print(f"on {os.cpu_count()} processors, medians of {len(pairs)} pairs, job to command:")
    for name, values in ratios.items():
        print(f"  {name:20} {median(values):.3f}  ({min(values):.3f} to {max(values):.3f})")
    print(f"  peak memory of the Python process: {max(job.memory for job in jobs) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

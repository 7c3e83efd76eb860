"""The origin against nginx, in one run: segments of 1 MB and playlists of 4 KB.

    python benchmarks/origin.py [--rounds 5] [--seconds 3] [--workers 2]

Three servers have the same files: nginx, from a folder, by the configuration that `telecine nginx-config`
prints (sendfile, open files kept); `telecine serve` from that folder; and another from a bucket on Swift,
with all in memory. Each has as many processes. wrk asks them in turn, on the same processors; what counts is
the median of the ratios of a round. Processor time is of all processes of a server, for a request. Needs what
`tests/install-tools` installs.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.origin.nginx import Front, nginx_config
from tests.support.broker import free_port
from tests.support.nginx import nginx
from tests.support.s3 import server
from tests.support.serving import serving
from tests.support.site import TELECINE

MIB = 1 << 20
SEGMENTS = 16
FOLDER = "titles/film/v/1/video"
SCRIPT = f"""
local n = 0
request = function()
  n = (n + 1) % {SEGMENTS}
  return wrk.format("GET", string.format("/{FOLDER}/seg-%05d.m4s", n))
end
"""
CONNECTIONS = {"segments": 16, "playlists": 32}


@dataclass(frozen=True)
class Round:
    """Requests a second, and microseconds of processors for one."""

    rate: float
    cpu: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=3)
    arguments.add_argument("--workers", type=int, default=2)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "site"
        fill(root)
        script = Path(folder) / "segments.lua"
        script.write_text(SCRIPT)
        with servers(root, options.workers) as ports:
            for kind in CONNECTIONS:
                rounds = [
                    {name: ask(name, port, kind, script, options.seconds) for name, port in ports.items()}
                    for _ in range(options.rounds)
                ]
                report(kind, rounds)


def fill(root: Path) -> None:
    (root / FOLDER).mkdir(parents=True)
    for number in range(SEGMENTS):
        (root / FOLDER / f"seg-{number:05}.m4s").write_bytes(os.urandom(MIB))
    (root / FOLDER / "media.m3u8").write_bytes(b"#EXTINF:4.00000,\nseg-00001.m4s\n" * 128)


@contextmanager
def servers(root: Path, workers: int) -> Iterator[dict[str, int]]:
    """Ports by name."""
    port, folder = free_port(), root.parent
    command = [*TELECINE, "serve", "--workers", str(workers), "-o"]
    with (
        serving(*command, str(root), "--port") as address,
        serving(*command, str(folder / "other"), "--port", **in_bucket(folder, root)) as other,
    ):
        config = nginx_config(Front(str(port), "_", address.removeprefix("http://"), root=root))
        with nginx(folder / "nginx", config, port, workers):
            yield {"nginx": port, "folder": port_of(address), "bucket": port_of(other)}


def in_bucket(folder: Path, root: Path) -> dict[str, str]:
    """The environment of an origin of a bucket that has the same files."""
    storage = server("swift").storage(folder / "swift")
    for path in (root / FOLDER).iterdir():
        storage.put(f"{FOLDER}/{path.name}", path.read_bytes())
    bucket = storage.place.bucket
    profile = str(bucket.profile_file)
    return {
        "TELECINE_STORAGE": str(bucket),
        "AWS_CONFIG_FILE": profile,
        "AWS_SHARED_CREDENTIALS_FILE": profile,
    }


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def ask(name: str, port: int, kind: str, script: Path, seconds: int) -> Round:
    command = ["wrk", "-t1", f"-d{seconds}s", f"-c{CONNECTIONS[kind]}", "--latency"]
    if kind == "segments":
        command += ["-s", str(script)]
    processes = processes_of(name, port)
    before = cpu_of(processes)
    address = f"http://127.0.0.1:{port}/{FOLDER}/media.m3u8"
    said = subprocess.run([*command, address], check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    cpu = cpu_of(processes) - before
    requests = int(re.search(r"(\d+) requests in", said)[1])
    return Round(float(re.search(r"Requests/sec: *([\d.]+)", said)[1]), cpu / requests * 1e6)


def processes_of(name: str, port: int) -> list[psutil.Process]:
    ours = psutil.Process().children(recursive=True)
    if name == "nginx":
        return [each for each in ours if each.name() == "nginx"]
    return [each for each in ours if str(port) in each.cmdline()]


def cpu_of(processes: list[psutil.Process]) -> float:
    """In seconds."""
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def report(kind: str, rounds: list[dict[str, Round]]) -> None:
    for name in rounds[0]:
        rate = statistics.median(each[name].rate for each in rounds)
        cpu = statistics.median(each[name].cpu for each in rounds)
        ratios = [each[name].rate / each["nginx"].rate for each in rounds]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        ratio = statistics.median(ratios)
        print(f"{kind:<10} {name:<9} {rate:>8.0f}/s  {cpu:>4.0f} us  {ratio:.2f} ({spread})", flush=True)


if __name__ == "__main__":
    main()

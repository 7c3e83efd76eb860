"""Segments of 1 MiB from a bucket on Swift, by way of the origin and beside it.

    python benchmarks/origin_s3.py [--segments 200] [--clients 8] [--workers 1]

Clients read every segment once: from Swift by signed URLs; from an origin that has none; from the same one
when its memory is too small and its disk has all; and from one with all in memory. The last is repeated with
wrk, if that is there, because clients in Python are slower than it. Everything is on this machine, so that
Swift, origin and clients share its processors. Needs `tests/install-tools`.
"""

import argparse
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.storage.s3.storage import S3Storage
from tests.support.broker import free_port
from tests.support.s3 import server
from tests.support.site import TELECINE

MIB = 1 << 20
LITTLE = 8 * MIB


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--segments", type=int, default=200)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--workers", type=int, default=1)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        storage = server("swift").storage(Path(folder))
        keys = [f"titles/film/v/1/seg-{number:05}.m4s" for number in range(options.segments)]
        publish(storage, keys)
        signed = [storage.url(key) for key in keys]
        tell("Swift, signed URLs", read_all(signed, options.clients))
        measure_origin(storage, Path(folder), keys, options)


def publish(storage: S3Storage, keys: Sequence[str]) -> None:
    source = random.Random(1)
    for key in keys:
        storage.put(key, source.randbytes(MIB))


def measure_origin(storage: S3Storage, root: Path, keys: Sequence[str], options: argparse.Namespace) -> None:
    plenty = len(keys) * MIB * 2
    clients, workers = options.clients, options.workers
    for what, memory, disk in (
        ("origin that keeps nothing", LITTLE, 0),
        ("origin that has none yet", LITTLE, plenty),
        ("origin, from disk", LITTLE, plenty),
    ):
        with serving(storage, root, workers, memory, disk) as origin:
            tell(what, *origin.read_all(keys, clients))
    with serving(storage, root, workers, plenty, plenty) as origin:
        # Each worker has to have read all of it.
        for _ in range(2 * workers):
            origin.read_all(keys, clients)
        tell("origin, from memory", *origin.read_all(keys, clients))
        measure_by_wrk(origin.url, keys, clients, root)


@dataclass(frozen=True)
class Origin:
    url: str
    process: psutil.Process

    def read_all(self, keys: Sequence[str], clients: int) -> tuple[float, float]:
        """MiB a second, and the origin's processor seconds for each."""
        before = self._used()
        rate = read_all([f"{self.url}/{key}" for key in keys], clients)
        return rate, (self._used() - before) / len(keys)

    def _used(self) -> float:
        times = [each.cpu_times() for each in (self.process, *self.process.children())]
        return sum(time.user + time.system for time in times)


@contextmanager
def serving(storage: S3Storage, root: Path, workers: int, memory: int, disk: int) -> Iterator[Origin]:
    bucket, port = storage.place.bucket, free_port()
    settings = {
        "TELECINE_STORAGE": str(bucket),
        "TELECINE_ORIGIN_MEMORY": str(memory * workers),
        "TELECINE_ORIGIN_CACHE": str(disk),
        "AWS_CONFIG_FILE": str(bucket.profile_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(bucket.profile_file),
    }
    argv = [*TELECINE, "serve", "-o", str(root), "--port", str(port), "--workers", str(workers)]
    origin = subprocess.Popen(argv, env=os.environ | settings, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(port)
        yield Origin(f"http://127.0.0.1:{port}", psutil.Process(origin.pid))
    finally:
        origin.terminate()
        origin.wait()


def wait_until_ready(port: int) -> None:
    for _ in range(300):
        with suppress(ConnectionError):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    sys.exit("the origin is not ready")


def read_all(urls: Sequence[str], clients: int) -> float:
    """MiB a second, each client keeping its connection."""
    kept = threading.local()

    def read(url: str) -> None:
        parts = urlsplit(url)
        if not hasattr(kept, "connection"):
            kept.connection = http.client.HTTPConnection(parts.netloc)
        kept.connection.request("GET", f"{parts.path}?{parts.query}")
        answer = kept.connection.getresponse()
        body = answer.read()
        if (answer.status, len(body)) != (200, MIB):
            sys.exit(f"{parts.path}: {answer.status}, {len(body)} bytes")

    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(read, urls))
    return len(urls) / (time.monotonic() - began)


def measure_by_wrk(origin: str, keys: Sequence[str], clients: int, folder: Path) -> None:
    wrk = shutil.which("wrk")
    if wrk is None:
        print("no wrk here")
        return
    script = folder / "all.lua"
    listed = ", ".join(f'"/{key}"' for key in keys)
    script.write_text(
        f"local paths, next = {{{listed}}}, 0\n"
        "function request() next = next % #paths + 1; return wrk.format(nil, paths[next]) end\n"
    )
    argv = [wrk, "-t1", f"-c{clients}", "-d5s", "-s", str(script), origin]
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    print(
        "\n".join(
            f"  wrk: {line.strip()}" for line in told.splitlines() if "/sec" in line or "Non-2xx" in line
        )
    )


def tell(what: str, rate: float, used: float | None = None) -> None:
    own = "" if used is None else f"   {1000 * used:5.1f} ms of a processor for each in the origin"
    print(f"{what:30}{rate:8.0f} MiB/s{own}", flush=True)


if __name__ == "__main__":
    main()

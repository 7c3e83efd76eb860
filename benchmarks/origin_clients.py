"""What slow readers cost the origin, and whether stopping it under load cuts a response.

    python benchmarks/origin_clients.py [--clients 2000] [--files 2000] [--workers 2]

Each client asks `telecine serve` for a segment of 1 MB, one of its own if there are as many, and takes only
the head. Once all of them hang, memory of all processes is read. Then all read to the end, and what they got
is compared. At last, clients ask as fast as they can while it is stopped.
"""

import argparse
import asyncio
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.broker import free_port
from tests.support.clients import Tally, keep_asking, memory, request
from tests.support.rawhttp import ask, get
from tests.support.site import TELECINE
from tests.support.waiting import wait_until

MIB = 1 << 20
TOGETHER = 250
"""Clients that read on at the same time."""

FOLDER = "titles/film/v/1/video"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clients", type=int, default=2000)
    arguments.add_argument("--files", type=int, default=2000)
    arguments.add_argument("--workers", type=int, default=2)
    options = arguments.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        fill(root, options.files)
        port = free_port()
        command = [*TELECINE, "serve", "-o", folder, "--port", str(port), "--workers", str(options.workers)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as origin:
            wait_until(lambda: is_up(port), 60)
            print(f"{'before':<28}{memory(origin.pid) // MIB:>6} MB")
            asyncio.run(read_slowly(origin.pid, port, root, options.clients, options.files))
            asyncio.run(stop_under_load(origin, port))


def fill(root: Path, files: int) -> None:
    (root / FOLDER).mkdir(parents=True)
    for number in range(files):
        (root / FOLDER / f"seg-{number:05}.m4s").write_bytes(os.urandom(16) * (MIB // 16))
    (root / FOLDER / "media.m3u8").write_bytes(b"#EXTM3U\n" * 512)


def is_up(port: int) -> bool:
    try:
        return ask(port, get(b"/healthz")).status == 200
    except ConnectionRefusedError:
        return False


async def read_slowly(pid: int, port: int, root: Path, clients: int, files: int) -> None:
    names = [f"{FOLDER}/seg-{number % files:05}.m4s" for number in range(clients)]
    began = time.monotonic()
    readers = [await asyncio.open_connection("127.0.0.1", port, limit=1024) for _ in names]
    for (_, writer), name in zip(readers, names, strict=True):
        writer.write(request(f"/{name}"))
    heads = await asyncio.gather(*(reader.readuntil(b"\r\n\r\n") for reader, _ in readers))
    print(f"{f'{clients} readers hang':<28}{memory(pid) // MIB:>6} MB  {time.monotonic() - began:.1f} s")
    whole = sum(head.startswith(b"HTTP/1.1 200") for head in heads)
    same = 0
    for start in range(0, clients, TOGETHER):
        some = slice(start, start + TOGETHER)
        bodies = await asyncio.gather(*(reader.readexactly(MIB) for reader, _ in readers[some]))
        same += sum(
            body == (root / name).read_bytes() for body, name in zip(bodies, names[some], strict=True)
        )
    for _, writer in readers:
        writer.close()
    print(f"{'all have read':<28}{memory(pid) // MIB:>6} MB  {whole} answered, {same} whole")


async def stop_under_load(origin: "subprocess.Popen[bytes]", port: int) -> None:
    tally = Tally()
    async with asyncio.TaskGroup() as tasks:
        for name in ("media.m3u8", "seg-00000.m4s") * 16:
            for anew in (False, True):
                tasks.create_task(keep_asking(port, f"/{FOLDER}/{name}", tally, anew=anew))
        while tally.whole < 5000:
            await asyncio.sleep(0.01)
        origin.send_signal(signal.SIGTERM)
        began = time.monotonic()
    await asyncio.to_thread(origin.wait)
    seconds = time.monotonic() - began
    print(f"{'stopped under load':<28}{tally.whole:>6} whole, {tally.cut} cut, over in {seconds:.1f} s")


if __name__ == "__main__":
    main()

"""An origin with all that must not be had from it beside what may be, and a record of what was tried."""

import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalog.catalog import Catalog
from pipeline.keys.opening import KeyStore, open_keys
from tests.support.broker import free_port
from tests.support.catalogs import empty_catalog
from tests.support.rawhttp import Reply, ask, get
from tests.support.site import TELECINE
from tests.support.waiting import wait_until

SECRET = b"-secret-"
MANIFEST = b"#EXTM3U\n" + b"#EXT-X-VERSION:7\n" * 60
SEGMENT = bytes(range(256)) * 2400

HIDDEN = {
    "catalog.json": "",
    "keys/key.json": "",
    "masters/bird.mp4": "",
    "artifacts/00/1080.mp4": "",
    "logs/audit.json": "",
    "tmp/half.mp4": "",
    "titles/bird/.hidden.mp4": "",
    "titles/bird/.v/seg.m4s": "",
    "titles/bird/seg.m4s.tmp": "",
    "titles/bird/.seg.m4s.1f3a.tmp": "",
    "titles/bird/seg.m4s~": "",
    "titles/bird/seg.m4s.part": "",
    "titles/bird/seg.key": "",
    "titles/bird/notes.txt": "",
    "titles/bird/link.mp4": "masters/bird.mp4",
    "titles/bird/inside.m3u8": "titles/bird/master.m3u8",
    "titles/out": "masters",
    "titles/bird/v/up": "titles",
}
"""Below the root: files that nobody may read, and links with where they lead."""


def fill(root: Path) -> None:
    for title in ("bird", "wren"):
        rendition = root / "titles" / title / "v" / "7f3a" / "video" / "avc-720"
        rendition.mkdir(parents=True)
        (rendition / "seg-00001.m4s").write_bytes(SEGMENT)
        (rendition.parents[3] / "master.m3u8").write_bytes(MANIFEST)
        (rendition.parents[1] / "master.m3u8").write_bytes(MANIFEST)
    for name, target in HIDDEN.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(root / target)
        else:
            path.write_bytes(SECRET)


@dataclass
class Attacked:
    """`tried` counts statuses by kind of attack."""

    port: int
    root: Path
    store: KeyStore
    tried: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def ask(self, kind: str, request: bytes) -> Reply:
        reply = ask(self.port, request)
        self.tried[kind][reply.status] += 1
        assert SECRET not in bytes(reply), request
        return reply

    def get(self, kind: str, target: bytes, *fields: bytes) -> Reply:
        return self.ask(kind, get(target, *fields))

    def statuses(self, kind: str) -> set[int]:
        return set(self.tried[kind])


@contextmanager
def attacked(root: Path, catalog: Catalog, **settings: str) -> Iterator[Attacked]:
    """An origin over `root`, which prints at its end what was tried on it."""
    port = free_port()
    command = [*TELECINE, "serve", "-o", str(root), "--port", str(port)]
    environment = {**os.environ, **{f"TELECINE_{name}": value for name, value in settings.items()}}
    log = (root / "origin.log").open("wb")
    child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    origin = Attacked(port, root, open_keys(catalog, root))
    try:
        wait_until(lambda: _is_up(port, child), 20)
        yield origin
        assert _is_up(port, child)
    finally:
        child.terminate()
        child.wait(20)
        log.close()
        report(origin.tried)
    assert b"Traceback" not in (root / "origin.log").read_bytes()


def report(tried: Mapping[str, Counter[int]]) -> None:
    """To be seen with `pytest -s`."""
    for kind, statuses in tried.items():
        answers = ", ".join(f"{count} x {status or 'closed'}" for status, count in sorted(statuses.items()))
        print(f"\n{kind}: {statuses.total()} tried, answered {answers}", end="")


def made(root: Path) -> Catalog:
    """A catalog in `root`, which is filled too."""
    fill(root)
    return empty_catalog(root)


def _is_up(port: int, child: subprocess.Popen[bytes]) -> bool:
    assert child.poll() is None
    try:
        return ask(port, get(b"/healthz")).status == 200
    except ConnectionRefusedError:
        return False

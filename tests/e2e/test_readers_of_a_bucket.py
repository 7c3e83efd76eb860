"""Whoever reads a title's manifests while versions come and go gets one version whole, every time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from pipeline.codec import from_json
from pipeline.stages.stable import Stable, keep, point
from pipeline.storage.base import Storage
from samples.master import MasterSpec, Picture, make_master
from tests.support.decode import frames
from tests.support.manifests import named_in
from tests.support.s3 import server
from tests.support.serving import serving
from tests.support.site import TELECINE, Site, contents

CHANGES = 50
RATE = 25
SECONDS = {"a": 2, "b": 3}
"""Of the two films that come and go."""

MANIFESTS = ("master.m3u8", "manifest.mpd")

Read = Callable[[str], bytes]
"""The file at a path below the title's folder."""


@dataclass(frozen=True)
class Version:
    """A version that was published once, to be published again under other names."""

    name: str
    files: dict[str, bytes]

    def stored(self, storage: Storage, name: str) -> None:
        """All its files, as a publication stores them: before anything leads to them."""
        for path, body in self.files.items():
            storage.put(f"titles/trailer/v/{name}/{path}", body)
        own = from_json(self.files["stable.json"], Stable)
        keep(
            storage,
            "trailer",
            name,
            Stable(hls=own.hls.replace(self.name, name), dash=own.dash.replace(self.name, name)),
        )


@pytest.fixture(scope="module")
def versions(masters: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Version]:
    site = Site(tmp_path_factory.mktemp("versions"))
    for title, seconds in SECONDS.items():
        master = masters / f"{title}.mp4"
        make_master(master, MasterSpec(seconds=Fraction(seconds), picture=Picture(320, 180, Fraction(RATE))))
        site.encode(master)
    folders = {title: site.version(title) for title in SECONDS}
    return {title: Version(folder.name, contents(folder)) for title, folder in folders.items()}


@dataclass
class Reader:
    """Reads both manifests again and again, and all that those lead to which it has not met before."""

    read: Read
    versions: dict[str, Version]
    count: int = 0
    met: set[str] = field(default_factory=set)
    trouble: list[str] = field(default_factory=list)

    def go_on(self, ended: threading.Event) -> None:
        """Until `ended`, or until something is wrong."""
        for path in cycle(MANIFESTS):
            if ended.is_set() or self.trouble:
                return
            try:
                self._look(path, self.read(path).decode())
            except Exception as error:  # noqa: BLE001  what it is, the test says
                self.trouble.append(f"{path}: {type(error).__name__}: {error}")

    def _look(self, path: str, text: str) -> None:
        self.count += 1
        if text in self.met:
            return
        self.met.add(text)
        named = named_in(path, text, self.read)
        (name,) = {file.split("/")[1] for file in named}
        due = self.versions[name[0]].files
        segments = {f"v/{name}/{file}" for file in due if file.endswith((".m4s", "init.mp4"))}
        assert segments <= named
        for file in named:
            assert self.read(file) == due[file.removeprefix(f"v/{name}/")], file


def publish_and_roll_back(storage: Storage, versions: dict[str, Version]) -> None:
    """By turns."""
    shown: list[str] = []
    for number in range(CHANGES):
        if number % 2 == 0:
            film = "ab"[number // 2 % 2]
            shown.append(f"{film}{number:02d}")
            versions[film].stored(storage, shown[-1])
            point(storage, "trailer", shown[-1])
        else:
            point(storage, "trailer", shown[number // 4])


@contextmanager
def reading(readers: list[Reader]) -> Iterator[None]:
    ended = threading.Event()
    threads = [threading.Thread(target=reader.go_on, args=[ended]) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_every_manifest_that_anybody_gets_plays_whole(tmp_path: Path, versions: dict[str, Version]) -> None:
    bucket = server("swift")
    storage = bucket.storage(tmp_path)
    (tmp_path / "site").mkdir()
    settings = {"AWS_CONFIG_FILE": str(bucket.profile), "TELECINE_STORAGE": str(storage.place.bucket)}
    versions["a"].stored(storage, "a")
    point(storage, "trailer", "a")

    def from_bucket(path: str) -> bytes:
        with storage.open(f"titles/trailer/{path}") as file:
            return file.read()

    with (
        serving(*TELECINE, "serve", "-o", str(tmp_path / "site"), "--port", **settings) as origin,
        httpx.Client(base_url=f"{origin}/titles/trailer/") as client,
    ):

        def from_origin(path: str) -> bytes:
            return client.get(path).raise_for_status().content

        readers = [Reader(read, versions) for read in (from_bucket, from_origin)]
        with reading(readers):
            publish_and_roll_back(storage, versions)
        for manifest in MANIFESTS:
            for film in SECONDS:
                source = f"{origin}/titles/trailer/v/{film}{'00' if film == 'a' else '02'}/{manifest}"
                assert len(list(frames(source))) == SECONDS[film] * RATE
    for reader in readers:
        print(f"{reader.count} manifests read, {len(reader.met)} different")
        assert reader.trouble == []
        assert len(reader.met) > 10

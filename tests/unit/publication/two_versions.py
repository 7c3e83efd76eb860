"""Titles to publish, and what a player finds of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from packagers.dash import read_mpd
from packagers.hls import read_media_playlist, read_multivariant
from pipeline.errors import StorageError
from pipeline.runner.site import Site
from pipeline.storage.base import Storage
from tests.unit.runner.jobs import encode, site_in

HLS, DASH = "titles/film/master.m3u8", "titles/film/manifest.mpd"


@dataclass(frozen=True)
class TwoVersions:
    """A site that published a title twice."""

    site: Site
    first: str
    second: str

    @property
    def storage(self) -> Storage:
        return self.site.storage


@contextmanager
def published_twice(folder: Path, media: Callable[..., Path]) -> Iterator[TwoVersions]:
    site = site_in(folder)
    made = []
    for seconds in (1, 5):  # the second has two segments
        source = f"testsrc2=s=160x90:r=25:d={seconds}"
        master = media(f"{seconds}s.mp4", "-f", "lavfi", "-i", source, "-c:v", "mpeg4")
        made.append(encode(site, master)[0].version)
    yield TwoVersions(site, *made)
    site.catalog.close()


def text(storage: Storage, key: str) -> str:
    with storage.open(key) as file:
        return file.read().decode()


def contents(storage: Storage, below: str = "titles/film") -> dict[str, bytes]:
    return {entry.key: text_or_bytes(storage, entry.key) for entry in storage.list(below)}


def text_or_bytes(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def manifests(storage: Storage) -> list[str]:
    """Both stable manifests, as far as they are there."""
    return [text(storage, key) for key in (HLS, DASH) if storage.head(key)]


def named_by(storage: Storage, manifest: str) -> set[str]:
    """Keys of all files that a player of a stable manifest asks for. Raises StorageError where a playlist on
    the way to them is not there."""
    if not manifest.startswith("#EXTM3U"):
        found = [file for one in read_mpd(manifest) for file in (one.init, *(s.uri for s in one.segments))]
        return {f"titles/film/{file}" for file in found}
    keys = set()
    for uri in read_multivariant(manifest).media_playlists:
        playlist = read_media_playlist(text(storage, f"titles/film/{uri}"), uri)
        keys |= {f"titles/film/{file}" for file in (playlist.init, *(s.uri for s in playlist.segments))}
    return keys


def plays(storage: Storage, manifest: str) -> bool:
    """Whether all that it names is there, and of one version."""
    try:
        keys = named_by(storage, manifest)
    except StorageError:
        return False
    return len({key.split("/")[3] for key in keys}) == 1 and all(storage.head(key) for key in keys)

"""A title with a clear and several encrypted versions, made once, by commands that were watched."""

from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from pipeline.catalog.catalog import Catalog
from pipeline.keys.opening import open_keys
from pipeline.keys.record import ContentKeyRecord
from pipeline.settings import Settings
from samples.master import MasterSpec, Picture, make_master
from tests.support.site import QUICK_AV1, TELECINE, Site
from tests.support.watched import Watched, watched

LADDER = """
name: two-classes
codec: h264
preset: superfast
rungs:
  - {name: "720", box: [1280, 720], crf: 32, maxrate: 1500000, bufsize: 3000000}
  - {name: "180", box: [320, 180], crf: 28, maxrate: 500000, bufsize: 1000000}
"""

SPEC = MasterSpec(seconds=Fraction(6), picture=Picture(1280, 720, Fraction(25)))
CLASSES = {"video/h264-720": "hd", "video/h264-180": "sd", "video/av1-144": "sd", "audio/aac128-en": "audio"}
VIDEO = [path for path in CLASSES if path.startswith("video/")]

DAMAGE = 999
"""Bytes of the first sound."""


class Track(NamedTuple):
    """A published rendition and its key."""

    folder: Path
    key: ContentKeyRecord

    @property
    def segments(self) -> list[Path]:
        return sorted(self.folder.glob("*.m4s"))

    @property
    def joined(self) -> bytes:
        return b"".join(path.read_bytes() for path in (self.folder / "init.mp4", *self.segments))


def keys_of(site: Site) -> list[ContentKeyRecord]:
    with closing(Catalog(Settings(root=site.root, jobs=1).catalog_url)) as catalog:
        return open_keys(catalog, site.root).vault.of_title("film")


@dataclass
class EncryptedFilm:
    """A title with a clear and several encrypted versions, and all that its commands showed."""

    site: Site
    commands: list[Watched] = field(default_factory=list)
    versions: dict[str, Path] = field(default_factory=dict)

    def telecine(self, *words: str, code: int = 0) -> Watched:
        done = watched([*TELECINE, *words, "-o", str(self.site.root), "--json"])
        self.commands.append(done)
        assert done.code == code, done.written.decode()
        return done

    def publish(self, name: str, *words: str) -> None:
        done = self.telecine(*words)
        self.versions[name] = self.site.title("film") / "v" / done.events[-1]["version"]

    def keys(self) -> list[ContentKeyRecord]:
        return keys_of(self.site)

    def track(self, scheme: str, path: str) -> Track:
        report = (self.versions[scheme] / "report.json").read_text()
        (key,) = (k for k in self.keys() if k.key_class == CLASSES[path] and k.kid.hex() in report)
        return Track(self.versions[scheme] / path, key)

    def fail(self) -> None:
        """A job whose encodes are damaged, and which tells so."""
        (chunk,) = self.site.root.glob("artifacts/*/audio.mp4")
        whole = chunk.read_bytes()
        head, mdat, rest = whole.partition(b"mdat")
        chunk.write_bytes(head + mdat + bytes(byte ^ 0x55 for byte in rest[:DAMAGE]) + rest[DAMAGE:])
        try:
            self.telecine("package", "film", "--drm", "cbcs", "--clear-lead", "4", code=6)
        finally:
            chunk.write_bytes(whole)


def encrypted_film(folder: Path) -> EncryptedFilm:
    site, master = Site(folder), folder / "film.mp4"
    make_master(master, SPEC)
    film = EncryptedFilm(site)
    ladders = [word for text in (LADDER, QUICK_AV1) for word in ("--ladder", str(site.ladder(text)))]
    film.publish("clear", "encode", str(master), *ladders)
    film.publish("cenc", "package", "film", "--drm", "cenc")
    film.publish("aes-128", "package", "film", "--drm", "aes-128")
    film.publish(
        "cbcs", "package", "film", "--drm", "cbcs", "--systems", "clearkey,widevine,playready,fairplay"
    )
    film.fail()
    return film

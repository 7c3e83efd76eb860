"""Encrypted titles as the pipeline publishes them, and tokens for them.

`cbcs`, `cenc` and `aes-128` are the same six seconds: sound, a rung under the key of `hd`, and one under that
of `sd`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.cli.opening import opened_catalog
from pipeline.keys.classes import KEY_CLASSES, KeyClass
from pipeline.keys.opening import open_keys
from samples.master import MasterSpec, Picture, make_master
from tests.support.site import TELECINE, Site, run

SECONDS = 6
HD, SD = 1280, 320
"""Widths of the rungs."""

SCHEMES = ("cbcs", "cenc", "aes-128")

LADDER = f"""
name: keys
codec: h264
preset: ultrafast
rungs:
  - {{name: "720", box: [{HD}, 720], crf: 32, maxrate: 3000000, bufsize: 6000000}}
  - {{name: "180", box: [{SD}, 180], crf: 32, maxrate: 500000, bufsize: 1000000}}
"""


@dataclass(frozen=True)
class EncryptedTitles:
    """`address` is of an origin that serves the titles of `site`, and their keys."""

    site: Site
    address: str

    def token(self, title: str, classes: Sequence[KeyClass] = KEY_CLASSES, *, age: float = 0) -> str:
        """A playback token for an hour, made `age` seconds ago."""
        with opened_catalog(self.site.root) as catalog:
            tokens = open_keys(catalog, self.site.root).tokens
            return tokens.mint(title, classes, 3600, time.time() - age)


def build(site: Site) -> None:
    """Publish the titles, of which each takes its video from the first."""
    master = site.folder / "film.mp4"
    make_master(master, MasterSpec(Fraction(SECONDS), Picture(HD, 720, Fraction(24))))
    encode = (*TELECINE, "encode", str(master), "-o", str(site.root), "--ladder", str(site.ladder(LADDER)))
    for scheme in SCHEMES:
        done = run([*encode, "--title", scheme, "--drm", scheme])
        assert done.returncode == 0, done.stderr

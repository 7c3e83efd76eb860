"""Masters and published titles, made once for all end-to-end tests."""

from fractions import Fraction
from pathlib import Path

import pytest

from samples.master import MasterSpec, Picture, Track, make_master
from tests.e2e.encrypted_film import EncryptedFilm, encrypted_film
from tests.support.site import Site

RATES = ("24000/1001", "25", "30000/1001", "60")
THREE_CHUNKS = Fraction(26)
"""Seconds: two chunks of 8 s and a longer third."""


@pytest.fixture(scope="session")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("masters")


@pytest.fixture(scope="session", params=RATES)
def film(request: pytest.FixtureRequest, masters: Path, tmp_path_factory: pytest.TempPathFactory) -> "Film":
    """A title of three chunks at each rate, H.264 and AV1, published."""
    rate = Fraction(request.param)
    spec = MasterSpec(seconds=THREE_CHUNKS, picture=Picture(320, 180, rate), tracks=(Track("eng", "stereo"),))
    master = masters / "film.mp4"
    make_master(master, spec)
    site = Site(tmp_path_factory.mktemp("film"))
    site.encode(master, "--title", "film", av1=True)
    return Film(site, spec)


@pytest.fixture(scope="session")
def short_master(masters: Path) -> Path:
    """Three chunks at 25 frames/s, with sound."""
    path = masters / "short.mp4"
    if not path.exists():
        make_master(path, MasterSpec(seconds=THREE_CHUNKS, picture=Picture(320, 180, Fraction(25))))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="session")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> EncryptedFilm:
    """A title with versions under each scheme."""
    return encrypted_film(tmp_path_factory.mktemp("encrypted"))


class Film:
    """A published title and the master it was made from."""

    def __init__(self, site: Site, spec: MasterSpec) -> None:
        self.site = site
        self.spec = spec

    @property
    def hls(self) -> Path:
        return self.site.title("film") / "master.m3u8"

    @property
    def dash(self) -> Path:
        return self.site.title("film") / "manifest.mpd"

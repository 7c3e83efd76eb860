"""Titles so long that they are packaged and verified in parts."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from pipeline.drm import Drm
from pipeline.errors import VerifyError
from pipeline.events import Event, StepFinished, StepStarted
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from pipeline.stages import parts
from tests.unit.runner.jobs import site_in, spec_of

VIDEO = "video/h264-90"
SCHEMES = (Drm(scheme="cbcs", clear_lead=18), Drm(scheme="cenc", clear_lead=10), Drm(scheme="aes-128"))


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one chunk each, so that half a minute is a long title."""
    monkeypatch.setattr(parts, "CHUNKS", 1)


@pytest.fixture(scope="module")
def master(media: Callable[..., Path]) -> Path:
    """Three chunks, of two segments and one of three."""
    pictures = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=26", "-f", "lavfi", "-i", "sine=d=26")
    return media("long.mov", *pictures, "-c:v", "mpeg4", "-c:a", "pcm_s16le")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


@pytest.mark.parametrize("drm", [None, *SCHEMES])
def test_parts_are_what_the_whole_is_made_of(
    site: Site, master: Path, drm: Drm | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = msgspec.structs.replace(spec_of(master), drm=drm)
    run_job(site, spec, lambda _: None)
    in_parts = _media(site)
    shutil.rmtree(site.settings.root / "titles")
    monkeypatch.setattr(parts, "CHUNKS", 5)
    run_job(site, spec, lambda _: None)
    assert len(in_parts) == 2 * (1 + 7)
    assert _media(site) == in_parts


def _media(site: Site) -> dict[str, bytes]:
    root = site.settings.root / "titles"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.m[p4]*[4s]")}


@pytest.mark.parametrize("drm", [None, *SCHEMES])
def test_every_part_is_verified(site: Site, master: Path, drm: Drm | None) -> None:
    verified: list[str] = []

    def take(event: Event) -> None:
        if isinstance(event, StepFinished) and event.kind == "verify":
            verified.append(event.step)

    run_job(site, msgspec.structs.replace(spec_of(master), drm=drm), take)
    assert sorted(verified) == [
        "verify:audio/aac128-und:0001",
        f"verify:{VIDEO}:0001",
        f"verify:{VIDEO}:0002",
        f"verify:{VIDEO}:0003",
    ]


@pytest.mark.parametrize(("segment", "part"), [(2, 1), (3, 2), (7, 3)])
def test_damage_is_found_in_the_part_where_it_is(site: Site, master: Path, segment: int, part: int) -> None:
    begun: list[str] = []

    def take(event: Event) -> None:
        if isinstance(event, StepStarted):
            begun.append(event.step)
        if isinstance(event, StepFinished) and event.kind == "check":
            (version,) = (site.settings.root / "titles/film/v").iterdir()
            path = version / VIDEO / f"seg-{segment:05d}.m4s"
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))

    with pytest.raises(VerifyError, match=VIDEO):
        run_job(site, spec_of(master), take)
    assert begun[-1] == f"verify:{VIDEO}:{part:04d}"

"""What stable URLs show: set by few requests, whatever other processes do meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import StorageError
from pipeline.runner.site import Site
from pipeline.stages.stable import point, show
from pipeline.storage.local import LocalStorage
from tests.unit.runner.jobs import encode, site_in

OPERATIONS = ("put", "put_file", "open", "head", "list", "delete")


class Recorded(LocalStorage):
    """Records what is asked of it, and lets something happen before the first put."""

    asked: list[str]
    meanwhile: Callable[[], object]

    def __init__(self, root: Path, meanwhile: Callable[[], object] = int) -> None:
        super().__init__(root, root / "tmp/recorded")
        self.asked, self.meanwhile = [], meanwhile

    def __getattribute__(self, name: str) -> Any:
        if name in OPERATIONS:
            self.asked.append(name)
            if name == "put" and (happens := self.meanwhile):
                self.meanwhile = int
                happens()
        return super().__getattribute__(name)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


@pytest.fixture
def version(site: Site, media: Callable[..., Path]) -> str:
    """Published."""
    second = media("second.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg4")
    return encode(site, second)[0].version


def manifests(site: Site) -> list[str]:
    folder = site.settings.root / "titles/film"
    return [(folder / name).read_text() for name in ("master.m3u8", "manifest.mpd")]


def test_a_version_is_shown_by_three_requests(site: Site, version: str) -> None:
    before = manifests(site)
    for key in ("titles/film/master.m3u8", "titles/film/manifest.mpd"):
        site.storage.delete(key)
    storage = Recorded(site.settings.root)
    point(storage, "film", version)
    assert storage.asked.count("put_file") == 2, "that is how a folder puts"
    assert [name for name in storage.asked if name != "put_file"] == ["open", "put", "put"]
    assert manifests(site) == before
    assert all(f"v/{version}/" in text for text in before)


def test_whoever_is_last_to_look_puts_it_right(site: Site, version: str) -> None:
    """A title is deleted while a slower process shows a version of it."""
    storage = Recorded(site.settings.root, lambda: site.catalog.titles.hide("film"))
    show(storage, site.catalog, "film")
    assert site.storage.head("titles/film/master.m3u8") is None
    assert site.storage.head("titles/film/manifest.mpd") is None


def test_a_version_that_is_not_whole_is_not_shown(site: Site, version: str) -> None:
    before = manifests(site)
    site.storage.put(f"titles/film/v/{version}/stable.json", b"{")
    with pytest.raises(StorageError, match=r"stable\.json is damaged"):
        point(site.storage, "film", version)
    with pytest.raises(StorageError, match=r"cannot read titles/film/v/other/stable\.json"):
        point(site.storage, "film", "other")
    assert manifests(site) == before

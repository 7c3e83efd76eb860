"""A title in a bucket plays from the origin in front of it, in the pages that viewers open."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from browsing import Complaints, play_to_end, wait_until
from conftest import page_at
from playwright.sync_api import Browser, Page

from samples.master import MasterSpec, Picture, make_master
from tests.support.s3 import server
from tests.support.serving import serving
from tests.support.site import TELECINE, Site, run

SECONDS = 4
RATE = 25


@pytest.fixture
def page(
    chromium: Browser, complaints: Complaints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """At an origin whose only title is in a bucket."""
    swift, site, master = server("swift"), Site(tmp_path), tmp_path / "film.mp4"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(swift.profile))
    make_master(master, MasterSpec(seconds=Fraction(SECONDS), picture=Picture(320, 180, Fraction(RATE))))
    done = run(site.command(master, "--storage", f"s3://{swift.new_bucket().name}/site"))
    assert done.returncode == 0, done.stderr
    command = (*TELECINE, "serve", "-o", str(site.root), "--port")
    with serving(*command) as address, page_at(address, chromium, complaints) as page:
        yield page


def test_a_title_in_a_bucket_plays_to_its_end(page):
    for fmt in ("hls", "dash"):
        page.goto(f"/watch/film?format={fmt}")
        wait_until(page, "video.readyState >= 1")
        end = play_to_end(page, speed=2)
        assert end["position"] == pytest.approx(SECONDS, abs=0.1)
        assert end["decoded"] >= 0.9 * SECONDS * RATE

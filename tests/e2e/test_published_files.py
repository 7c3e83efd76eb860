"""What a published title consists of, beside its media."""

import json
import os
from pathlib import Path

import av
import pytest
from lxml import etree

from tests.support.site import Site, contents


@pytest.fixture(scope="module")
def published(short_master: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("published"))
    site.encode(short_master, av1=True)
    return site


def test_the_files_are_those_of_the_layout_and_no_others(published: Site) -> None:
    version = published.version("short").name
    names = {name.replace(version, "VERSION") for name in contents(published.title("short"))}
    segments = [f"seg-{number:05d}.m4s" for number in range(1, 8)]
    sound = ["init.mp4", "media.m3u8", "track.json", "part-0001.json", *segments]
    files = {f"audio/aac128-en/{name}" for name in sound}
    files |= {
        f"video/{rung}/{name}"
        for rung in ("h264-180", "h264-120", "av1-144")
        for name in [*sound, "iframes.m3u8"]
    }
    files |= {"images/poster.jpg", "master.m3u8", "manifest.mpd", "stable.json"}
    assert names == {"master.m3u8", "manifest.mpd"} | {f"v/VERSION/{file}" for file in files}


def test_both_mpds_are_valid(published: Site, mpd_schema: etree.XMLSchema) -> None:
    for mpd in published.title("short").rglob("*.mpd"):
        mpd_schema.assertValid(etree.parse(mpd))


def test_stable_manifests_lead_into_the_version(published: Site) -> None:
    title, version = published.title("short"), published.version("short")
    own = (version / "master.m3u8").read_text()
    prefix = f"v/{version.name}/"
    stable = (title / "master.m3u8").read_text()
    assert stable != own
    assert stable.replace(prefix, "") == own
    for line in stable.splitlines():
        assert line.startswith("#") or (title / line).is_file()


def test_the_poster_is_a_picture_of_the_film(published: Site) -> None:
    with av.open(str(published.version("short") / "images/poster.jpg")) as image:
        frame = next(image.decode(video=0))
    assert (frame.width, frame.height) == (320, 180)
    luma = frame.reformat(format="gray").to_ndarray()
    assert luma.std() > 20, "a poster of one grey says nothing"


def test_the_report_tells_what_was_made_and_what_it_cost(published: Site) -> None:
    report = json.loads((published.version("short") / "report.json").read_text())
    summary = report["summary"]
    assert (summary["frames"], summary["duration"], summary["title"]) == (650, "26", "short")
    sizes = {r["path"]: (r.get("width"), r.get("height")) for r in summary["renditions"]}
    assert sizes["video/av1-144"] == (256, 144)
    assert sizes["audio/aac128-en"] == (None, None)
    for rendition in summary["renditions"]:
        files = (published.version("short") / rendition["path"]).glob("*.m4s")
        assert rendition["size"] == sum(file.stat().st_size for file in files)
        assert abs(rendition["average_bandwidth"] - 8 * rendition["size"] / 26) < 2
    encodes = {encode["step"]: encode["frames"] for encode in report["encodes"]}
    assert encodes == {
        "audio:aac128-en": 0,
        "encode:h264:0001": 200,
        "encode:h264:0002": 200,
        "encode:h264:0003": 250,
        "encode:av1:0001": 200,
        "encode:av1:0002": 200,
        "encode:av1:0003": 250,
    }
    assert all(
        encode["cpu"] > 0 and encode["wall"] > 0 and not encode["warnings"] for encode in report["encodes"]
    )


def test_nothing_published_names_this_machine(published: Site) -> None:
    """Neither the master's folder, the host nor the encoder's options but x264's own note in the stream."""
    forbidden = [str(published.folder).encode(), os.uname().nodename.encode() + b".", b"Lavf", b"Lavc"]
    for name, data in contents(published.root / "titles").items():
        assert [word for word in forbidden if word in data] == [], name

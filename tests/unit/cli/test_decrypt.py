"""`telecine decrypt`: what a file was before, or why that cannot be told."""

from pathlib import Path

import pytest

from pipeline.runner.site import Site
from tests.unit.cli.client import Client
from tests.unit.runner.jobs import encode

VIDEO = "video/h264-90"


@pytest.fixture
def clear(client: Client, site: Site, master: Path) -> Path:
    """A clear rendition of a title."""
    return _rendition(site, encode(site, master)[0].version)


def _rendition(site: Site, version: str) -> Path:
    return site.settings.root / "titles/film/v" / version / VIDEO


def encrypted(client: Client, site: Site, *options: str) -> Path:
    client.run("package", "film", *options)
    return _rendition(site, site.catalog.titles.current("film") or "")


def refused(client: Client, file: Path, code: int = 2, title: str = "film") -> str:
    result = client.run("decrypt", file, "--title", title, code=code)
    assert result.stdout_bytes == b""
    return result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("cbcs",),
        ("cenc",),
        ("aes-128",),
        ("cbcs", "--systems", "fairplay"),
        ("cenc", "--systems", "playready"),
    ],
)
def test_header_and_segment_are_those_of_the_clear_version(
    client: Client, site: Site, clear: Path, options: tuple[str, ...]
) -> None:
    made = encrypted(client, site, "--drm", *options)
    for name in ("init.mp4", "seg-00001.m4s"):
        found = client.run("decrypt", made / name, "--title", "film").stdout_bytes
        assert found == (clear / name).read_bytes()
    assert (made / "seg-00001.m4s").read_bytes() != (clear / "seg-00001.m4s").read_bytes()


def test_keys_of_every_version_are_known(client: Client, site: Site, clear: Path) -> None:
    old = encrypted(client, site, "--drm", "cbcs")
    encrypted(client, site, "--drm", "cbcs", "--new-keys")
    found = client.run("decrypt", old / "seg-00001.m4s", "--title", "film").stdout_bytes
    assert found == (clear / "seg-00001.m4s").read_bytes()


def test_what_is_clear(client: Client, clear: Path) -> None:
    file = clear / "seg-00001.m4s"
    assert refused(client, file) == f"telecine: {file} is not encrypted\n"


def test_another_title(client: Client, site: Site, clear: Path, master: Path) -> None:
    made = encrypted(client, site, "--drm", "cbcs")
    assert refused(client, made / "seg-00001.m4s", title="sequel") == (
        "telecine: 'sequel': no such title; `telecine titles` lists them\n"
    )
    site.catalog.keys.forget("film")
    said = refused(client, made / "seg-00001.m4s", code=9)
    assert said.startswith("telecine: no key of the title has the id ")


@pytest.mark.parametrize("scheme", ["cbcs", "cenc", "aes-128"])
def test_a_damaged_segment(client: Client, site: Site, clear: Path, scheme: str) -> None:
    made = encrypted(client, site, "--drm", scheme)
    file = made / "seg-00001.m4s"
    file.write_bytes(file.read_bytes()[:-1])
    assert refused(client, file).startswith(f"telecine: {file}: ")


@pytest.mark.parametrize("lost", ["init.mp4", "media.m3u8"])
def test_a_segment_alone(client: Client, site: Site, clear: Path, lost: str) -> None:
    made = encrypted(client, site, "--drm", "cenc")
    (made / lost).unlink()
    assert refused(client, made / "seg-00001.m4s") == f"telecine: {made / lost}: No such file or directory\n"


def test_what_is_no_media(client: Client, site: Site, clear: Path) -> None:
    made = encrypted(client, site, "--drm", "cbcs")
    assert refused(client, made / "track.json").startswith(f"telecine: {made / 'track.json'}: ")
    (made / "media.m3u8").write_bytes(b"\xff")
    assert refused(client, made / "seg-00001.m4s").startswith(f"telecine: {made / 'seg-00001.m4s'}: ")
    (made / "init.mp4").write_bytes(b"....")
    assert refused(client, made / "seg-00001.m4s").startswith(f"telecine: {made / 'seg-00001.m4s'}: ")

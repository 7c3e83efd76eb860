"""Encrypting jobs that are killed, or done by two: the keys are the same, and so are the bytes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

from tests.e2e.encrypted_film import EncryptedFilm, keys_of
from tests.support.site import TELECINE, Site, contents
from tests.support.watched import Event, watched


def test_killed_the_same_command_goes_on_with_the_same_keys(encrypted: EncryptedFilm, tmp_path: Path) -> None:
    site = _copied(encrypted.site, tmp_path / "one")
    known = _kids(site)
    assert watched(_new_keys(site), _finished("plan")).code == -9
    made = _kids(site) - known
    assert len(made) == 3
    twin = _copied(site, tmp_path / "two")
    assert watched(_new_keys(site), _finished("package")).code == -9
    versions = []
    for one in (site, twin):
        done = watched(_new_keys(one))
        assert done.code == 0, done.written.decode()
        assert _kids(one) - known == made
        versions.append(contents(one.title("film") / "v" / done.events[-1]["version"]))
    assert versions[0] == versions[1]
    assert all(kid.hex() in versions[0]["master.m3u8"].decode() for kid in made)


def test_two_commands_at_once_agree_on_the_keys(encrypted: EncryptedFilm, tmp_path: Path) -> None:
    site = _copied(encrypted.site, tmp_path / "site")
    known = _kids(site)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(watched, [_new_keys(site)] * 2)
    assert (one.code, two.code) == (0, 0), one.written + two.written
    assert one.events[-1] == two.events[-1]
    assert len(_kids(site) - known) == 3


def _copied(site: Site, folder: Path) -> Site:
    copytree(site.folder, folder)
    return Site(folder)


def _kids(site: Site) -> set[bytes]:
    return {key.kid for key in keys_of(site)}


def _new_keys(site: Site) -> list[str]:
    return [*TELECINE, "package", "film", "--drm", "cbcs", "--new-keys", "-o", str(site.root), "--json"]


def _finished(kind: str) -> Callable[[Event], bool]:
    return lambda event: event["event"] == "step-finished" and event["kind"] == kind

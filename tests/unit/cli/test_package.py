"""`telecine package`: a title encrypted, in the clear again, under other keys; nothing is encoded twice."""

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile, rmtree

import pytest

from packagers.cenc.header import Header, protection_of
from packagers.mp4.parse import parse
from packagers.mp4.protection import SampleEncryption
from pipeline.events import Event, StepFinished
from pipeline.gc import CATEGORIES, garbage, remove
from pipeline.runner.job import run_job
from pipeline.runner.site import Site
from pipeline.stages.in_use import InUse
from tests.unit.cli.client import Client
from tests.unit.runner.jobs import encode, spec_of

VIDEO = "video/h264-90"


@pytest.fixture
def film(client: Client, site: Site, master: Path) -> str:
    """A clear title; its version."""
    return encode(site, master)[0].version


def package(client: Client, *options: str | Path, title: str = "film") -> str:
    """Package once more; the version, and nothing was encoded."""
    events = [
        json.loads(line) for line in client.run("package", title, "--json", *options).stdout.splitlines()
    ]
    made = [e for e in events if e["event"] == "step-finished" and e["kind"] in ("encode", "audio", "poster")]
    assert made
    assert all(event["reused"] for event in made)
    version: str = events[-1]["version"]
    return version


def folder(site: Site, version: str, title: str = "film") -> Path:
    return site.settings.root / "titles" / title / "v" / version


def encryption(site: Site, version: str, title: str = "film") -> tuple[str, bytes, bytes]:
    """Scheme, id of the key and constant IV, or that of the first sample, of the pictures."""
    header = (folder(site, version, title) / VIDEO / "init.mp4").read_bytes()
    found = protection_of(Header.parse(header).protected_entry[1])
    iv = found.encryption.constant_iv or ivs(folder(site, version, title) / VIDEO)[0]
    return found.scheme_type, found.encryption.kid, iv


def ivs(rendition: Path) -> list[bytes]:
    """The 8 bytes of each sample under AES-CTR, whatever subsamples follow them."""
    found = []
    for segment in sorted(rendition.glob("*.m4s")):
        for moof in (box for box in parse(segment.read_bytes()) if box.type == "moof"):
            box = moof.one("traf/senc", SampleEncryption)  # type: ignore[attr-defined]
            data, at = box.entries, 0
            for _ in range(box.sample_count):
                found.append(data[at : at + 8])
                at += 8
                at += 2 + 6 * int.from_bytes(data[at : at + 2], "big") if box.flags & 2 else 0
    return found


def shown(site: Site) -> dict[str, str]:
    """The stable manifests."""
    title = site.settings.root / "titles/film"
    return {path.name: path.read_text() for path in title.iterdir() if path.is_file()}


def test_stable_manifests_follow_the_version_that_is_shown(client: Client, site: Site, film: str) -> None:
    clear = shown(site)
    assert set(clear) == {"master.m3u8", "manifest.mpd"}
    cbcs = package(client, "--drm", "cbcs")
    encrypted = shown(site)
    assert set(encrypted) == {"master.m3u8", "manifest.mpd"}
    assert f"v/{cbcs}/" in encrypted["master.m3u8"]
    whole = package(client, "--drm", "aes-128")
    assert set(shown(site)) == {"master.m3u8"}, "DASH has no words for it"
    assert f"v/{whole}/" in shown(site)["master.m3u8"]
    client.run("rollback", "film", cbcs)
    assert shown(site) == encrypted
    client.run("rollback", "film", film)
    assert shown(site) == clear
    client.run("rollback", "film", whole)
    assert set(shown(site)) == {"master.m3u8"}


def test_the_end_names_what_there_is(client: Client, site: Site, film: str) -> None:
    root = site.settings.root / "titles/film"
    assert client.run("package", "film", "--drm", "cenc").stdout == (
        f"HLS   {root}/master.m3u8\nDASH  {root}/manifest.mpd\n"
    )
    assert client.run("package", "film", "--drm", "aes-128").stdout == f"HLS   {root}/master.m3u8\n"


def test_in_the_clear_again(client: Client, site: Site, film: str) -> None:
    clear = {path.name: path.read_bytes() for path in (folder(site, film) / VIDEO).iterdir()}
    assert package(client, "--drm", "cbcs") != film
    assert package(client, "--drm", "none") == film
    assert {path.name: path.read_bytes() for path in (folder(site, film) / VIDEO).iterdir()} == clear


def test_the_same_command_gives_the_same_version(client: Client, site: Site, film: str) -> None:
    first = package(client, "--drm", "cbcs")
    again = [
        json.loads(line)
        for line in client.run("package", "film", "--json", "--drm", "cbcs").stdout.splitlines()
    ]
    assert [event["event"] for event in again] == ["job-started", "planned", "published"]
    assert again[-1]["version"] == first


def test_new_keys_are_other_than_those_of_any_version(client: Client, site: Site, film: str) -> None:
    versions = [package(client, "--drm", "cbcs")]
    versions += [package(client, "--drm", "cbcs", "--new-keys") for _ in range(2)]
    client.run("rollback", "film", versions[0])
    versions.append(package(client, "--drm", "cbcs", "--new-keys"))
    client.run("rollback", "film", film)
    versions.append(package(client, "--drm", "cbcs", "--new-keys"))
    assert len(set(versions)) == 5
    assert len({encryption(site, version)[1] for version in versions}) == 5


@pytest.mark.parametrize("options", [("--drm", "none"), ("--drm", "cbcs", "--keys", "KEYS")])
def test_new_keys_of_which_there_are_none(
    client: Client, film: str, given: Path, options: tuple[str, ...]
) -> None:
    words = [str(given) if word == "KEYS" else word for word in options]
    result = client.run("package", "film", "--new-keys", *words, code=2)
    assert "--new-keys: nothing is encrypted without --drm, and --keys has those that it has" in result.stderr


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """One key under two ids."""
    pairs = {"sd": {"kid": "05" * 16, "key": "ab" * 16}, "audio": {"kid": "06" * 16, "key": "ab" * 16}}
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(pairs))
    file.chmod(0o600)
    return file


def test_two_titles_under_one_key_share_no_constant_iv(
    client: Client, site: Site, film: str, master: Path, given: Path
) -> None:
    run_job(site, spec_of(master, "sequel"), lambda _: None)
    both = [
        encryption(site, package(client, "--drm", "cbcs", "--keys", given, title=title), title)
        for title in ("film", "sequel")
    ]
    assert [(scheme, kid) for scheme, kid, _ in both] == [("cbcs", b"\5" * 16)] * 2
    assert both[0][2] != both[1][2]


def test_two_titles_under_one_key_share_no_iv_of_a_sample(
    client: Client, site: Site, film: str, master: Path, given: Path, tmp_path: Path
) -> None:
    """Not even where the key has another id."""
    run_job(site, spec_of(master, "sequel"), lambda _: None)
    other = tmp_path / "other.json"
    other.write_text(given.read_text().replace("05" * 16, "07" * 16))
    other.chmod(0o600)
    found = []
    for title, keys in (("film", given), ("sequel", given), ("sequel", other)):
        version = package(client, "--drm", "cenc", "--keys", keys, title=title)
        found += ivs(folder(site, version, title) / VIDEO)
    assert len(found) == len(set(found)) == 75


@pytest.fixture
def own_master(master: Path, tmp_path: Path) -> Path:
    """A master that a test may spoil."""
    return Path(copyfile(master, tmp_path / "own.mp4"))


@pytest.mark.parametrize("spoil", [Path.unlink, Path.touch, lambda path: path.write_bytes(b"another")])
def test_a_master_is_not_needed_any_more(
    client: Client, site: Site, own_master: Path, spoil: Callable[[Path], object]
) -> None:
    first = encode(site, own_master)[0].version
    spoil(own_master)
    assert encryption(site, package(client, "--drm", "cbcs"))[0] == "cbcs"
    assert package(client, "--drm", "none") == first


@pytest.mark.parametrize("lost", ["*/90.mp4", "*/value.json"])
def test_a_master_is_needed_for_what_is_lost(client: Client, site: Site, own_master: Path, lost: str) -> None:
    """And one that was changed is not taken for it."""
    first = encode(site, own_master)[0].version
    for file in (site.settings.root / "artifacts").glob(lost):
        rmtree(file.parent)
    own_master.touch()
    result = client.run("package", "film", "--drm", "cbcs", code=3)
    assert "the file changed since the job began" in result.stderr
    assert site.catalog.titles.current("film") == first
    own_master.unlink()
    client.run("package", "film", "--drm", "cbcs", code=3)


def test_a_title_nobody_knows(client: Client, film: str) -> None:
    result = client.run("package", "sequel", "--drm", "cbcs", code=2)
    assert result.stderr == "telecine: 'sequel': no such title; `telecine titles` lists them\n"


def test_a_title_that_shows_nothing(client: Client, site: Site, film: str) -> None:
    site.catalog.titles.hide("film")
    result = client.run("package", "film", "--drm", "cbcs", code=2)
    assert result.stderr == "telecine: film shows no version; roll back to one first\n"


def test_a_title_whose_job_is_forgotten(client: Client, site: Site, film: str) -> None:
    site.catalog.jobs.forget(site.catalog.jobs.recent(1)[0].id)
    result = client.run("package", "film", "--drm", "cbcs", code=2)
    assert result.stderr == "telecine: film: the job that made it is not known any more; encode it again\n"


def test_a_deleted_title_leaves_no_keys(client: Client, site: Site, film: str, master: Path) -> None:
    run_job(site, spec_of(master, "sequel"), lambda _: None)
    package(client, "--drm", "cbcs")
    package(client, "--drm", "cenc", title="sequel")
    client.run("delete", "film", "--yes")
    assert site.catalog.keys.of_title("film") == []
    assert len(site.catalog.keys.of_title("sequel")) == 1


def _collect(site: Site) -> None:
    in_use = InUse(site.storage, site.catalog)
    for category in CATEGORIES:
        found = garbage(site.storage, in_use, category, float("inf"))
        list(remove(site.storage, in_use, found))


@pytest.mark.parametrize("moment", ["inspect", "plan", "package", "manifests"])
def test_garbage_collection_takes_nothing_from_a_job_that_encrypts(
    client: Client, site: Site, film: str, master: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[str] = []
    ran = run_job

    def collecting(where: Site, spec: object, emit: Callable[[Event], None]) -> object:
        def take(event: Event) -> None:
            if isinstance(event, StepFinished) and event.kind == moment:
                _collect(site)
                collected.append(event.step)
            emit(event)

        return ran(where, spec, take)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.cli.package.run_job", collecting)
    version = package(client, "--drm", "cbcs")
    assert collected
    before = client.files()
    _collect(site)
    assert client.files() == before
    assert folder(site, version).is_dir()
    assert folder(site, film).is_dir()

"""`telecine titles`, `show`, `rollback` and `delete`, on titles that were really published."""

import json
from pathlib import Path

import pytest

from pipeline.catalog.records import Failure
from pipeline.runner.site import Site
from tests.unit.cli.client import Client
from workers.messages import breaker


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    breaker.close()


def manifests(site: Site) -> str:
    """What the stable URLs say."""
    folder = site.settings.root / "titles/film"
    return (folder / "master.m3u8").read_text() + (folder / "manifest.mpd").read_text()


def current(site: Site) -> str | None:
    return site.catalog.titles.current("film")


def test_titles(client: Client, site: Site, master: Path) -> None:
    assert client.run("titles").stdout == ""
    version = client.publish(master)
    heading, row = client.run("titles").stdout.splitlines()
    assert heading.split() == ["TITLE", "VERSION", "VERSIONS", "LENGTH", "SIZE", "PUBLISHED"]
    assert row.split()[:4] == ["film", version, "1", "0:00:01"]
    told = json.loads(client.run("titles", "--json").stdout)
    assert (told["title"], told["version"], told["versions"], told["duration"]) == ("film", version, 1, "1")


def test_a_title_that_shows_nothing(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    site.catalog.titles.hide("film")
    assert client.run("titles").stdout.splitlines()[1].split() == ["film", "none", "1"]
    assert json.loads(client.run("titles", "--json").stdout)["version"] is None
    assert client.run("show", "film").stdout.startswith("It shows no version.\n")


def test_a_title_is_shown_with_its_versions(client: Client, site: Site, master: Path) -> None:
    first, second = client.publish(master), client.publish(master, crf=34)
    root = site.settings.root / "titles/film"
    lines = client.run("show", "film").stdout.splitlines()
    assert lines[:2] == [f"HLS   {root}/master.m3u8", f"DASH  {root}/manifest.mpd"]
    assert [line.split()[0] for line in lines[4:6]] == [second, first]
    assert [line.endswith("current") for line in lines[4:6]] == [True, False]
    assert lines[8].split()[:4] == ["video/h264-90", "avc1.42C00B", "160x90,", "25/s"]
    told = json.loads(client.run("show", "film", "--json").stdout)
    assert [version["current"] for version in told["versions"]] == [True, False]
    assert told["versions"][1]["hls"] == f"{root}/v/{first}/master.m3u8"


@pytest.mark.parametrize("command", ["show", "rollback", "delete"])
def test_an_unknown_title(client: Client, command: str) -> None:
    result = client.run(command, "film", code=2)
    assert result.stderr == "telecine: 'film': no such title; `telecine titles` lists them\n"


def test_a_title_goes_back_and_forth(client: Client, site: Site, master: Path) -> None:
    first = client.publish(master)
    before = manifests(site)
    second = client.publish(master, crf=34)
    assert client.run("rollback", "film").stdout == f"film: shows version {first}\n"
    assert (current(site), manifests(site)) == (first, before)
    nothing = client.run("rollback", "film", code=2)
    assert nothing.stderr == "telecine: film: nothing was published before the version it shows\n"
    client.run("rollback", "film", second[:6])
    assert current(site) == second
    assert f"v/{second}/" in manifests(site)


def test_a_version_nobody_knows(client: Client, master: Path) -> None:
    version = client.publish(master)
    result = client.run("rollback", "film", "nope", code=2)
    assert result.stderr == f"telecine: film: 'nope' does not name one of its versions: {version}\n"


def test_a_version_that_lost_a_file_is_not_gone_back_to(client: Client, site: Site, master: Path) -> None:
    first, second = client.publish(master), client.publish(master, crf=34)
    before = manifests(site)
    site.storage.delete(f"titles/film/v/{first}/video/h264-90/seg-00001.m4s")
    result = client.run("rollback", "film", "--check", code=7)
    assert "1 of its files are lost or damaged, video/h264-90/seg-00001.m4s among them" in result.stderr
    assert (current(site), manifests(site)) == (second, before)


def test_a_deleted_title_leaves_nothing(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.publish(master, crf=34)
    result = client.run("delete", "film", "--now", answer="y\n")
    assert result.stdout.startswith("film: deleted, ")
    assert not (site.settings.root / "titles").exists()
    assert site.catalog.titles.all_versions() == []
    assert site.catalog.jobs.recent(9) == []
    # The master and its encodes may serve another title.
    assert client.files("artifacts")


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_a_title_is_not_deleted_without_a_word(client: Client, site: Site, master: Path, answer: str) -> None:
    version = client.publish(master)
    before = client.files("titles")
    client.run("delete", "film", answer=answer, code=1)
    assert (current(site), client.files("titles")) == (version, before)


def test_a_title_with_a_running_job_is_deleted_by_force_alone(
    client: Client, site: Site, master: Path
) -> None:
    client.publish(master)
    job = client.upload(master, crf=34)
    refused = client.run("delete", "film", "--yes", code=2)
    assert f"film: {job} still runs; `telecine cancel` it first, or use --force" in refused.stderr
    lease = client.hold(job)
    client.run("delete", "film", "--yes", "--force", "--now")
    assert site.catalog.steps.renew([lease]) == set()
    assert client.files("titles") == set()


def test_jobs_that_published_nothing_go_with_the_title(client: Client, site: Site, master: Path) -> None:
    job = client.upload(master)
    client.fail(job, Failure("it broke"))
    client.run("delete", "film", "--yes", "--now")
    assert site.catalog.jobs.get(job) is None


def test_a_deletion_that_was_cut_short_goes_on(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    site.catalog.titles.hide("film")
    client.run("delete", "film", "--yes", "--now")
    assert client.files("titles") == set()

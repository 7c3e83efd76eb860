"""`telecine gc`: what goes, what stays, and that a job which begins meanwhile loses nothing."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from pipeline.catalog.records import Failure
from pipeline.gc import Garbage, garbage, remove
from pipeline.runner.site import Site
from pipeline.stages.in_use import InUse
from pipeline.upload import PART
from tests.unit.cli.client import Client
from tests.unit.runner.jobs import encode
from workers.messages import breaker

ALL = ("--grace", "0", "--yes")


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    breaker.close()


def counts(client: Client, *options: str) -> dict[str, int]:
    told = json.loads(client.run("gc", "--json", *options).stdout)
    return {name: value["count"] for name, value in told.items() if name != "deleted"}


def test_a_site_in_use_has_no_garbage(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.upload(master, crf=34)
    before = client.files()
    nothing = {"artifacts": 0, "masters": 0, "titles": 0, "uploads": 0}
    assert counts(client, *ALL) == nothing
    assert client.files() == before


def test_nothing_goes_unless_it_is_asked_for(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes", "--now")
    before = client.files()
    result = client.run("gc", "--grace", "0")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[:2] for line in lines[1:5]] == [
        ["artifacts", "4"],  # the timings, the plan, the poster, the chunk
        ["masters", "1"],
        ["titles", "0"],
        ["uploads", "0"],
    ]
    assert lines[5][:3] == ["in", "all", "5"]
    assert result.stdout.endswith("Nothing was deleted: `telecine gc --yes` does that.\n")
    assert client.files() == before


def test_what_nobody_needs_goes(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes", "--now")
    told = json.loads(client.run("gc", "--json", *ALL).stdout)
    assert told["deleted"] is True
    assert told["masters"] == {"count": 1, "size": master.stat().st_size}
    assert client.files("artifacts") | client.files("masters") | client.files("titles") == set()


def test_what_is_young_stays(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes", "--now")
    before = client.files()
    assert counts(client, "--yes") == {"artifacts": 0, "masters": 0, "titles": 0, "uploads": 0}
    assert client.files() == before
    (stored,) = client.files("masters")
    yesterday = time.time() - 25 * 3600
    os.utime(site.settings.root / stored, (yesterday, yesterday))
    assert counts(client, "--yes")["masters"] == 1


def test_encodes_of_a_published_version_go_by_word_alone(client: Client, site: Site, master: Path) -> None:
    version = client.publish(master)
    before = client.files("titles")
    assert counts(client, *ALL, "--encodes")["artifacts"] == 4
    assert client.files("artifacts") == set()
    assert client.files("masters") != set()
    assert client.files("titles") == before
    # And the title is still what it was.
    assert client.publish(master) == version


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_jobs_that_may_be_continued_keep_what_they_made(
    client: Client, site: Site, master: Path, end: str
) -> None:
    job = client.upload(master)
    for _ in range(6):
        client.do_next(job)
    if end == "cancelled":
        site.catalog.jobs.cancel(job)
    else:
        client.fail(job, Failure("it broke"))
    before = client.files()
    assert sum(counts(client, *ALL, "--encodes").values()) == 0
    assert client.files() == before
    client.run("retry", job)
    client.work(job)
    done = [a.step for a in site.catalog.steps.attempts(job) if a.outcome == "done"]
    assert done.count("encode:h264:0001") == 1


def test_files_of_versions_that_nobody_knows_go(client: Client, site: Site, master: Path) -> None:
    """As when the catalog was restored from a backup."""
    kept = client.publish(master)
    folder = site.settings.root / "titles/film"
    copytree(folder / "v" / kept, folder / "v/0123456789ab")
    assert counts(client, *ALL)["titles"] == 1
    assert [path.name for path in (folder / "v").iterdir()] == [kept]
    assert (folder / "master.m3u8").is_file()


def test_manifests_of_a_title_that_was_forgotten_go(client: Client, site: Site, master: Path) -> None:
    job = client.upload(master)
    client.work(job)
    site.catalog.titles.forget("film")
    site.catalog.jobs.forget(job)
    assert counts(client, *ALL)["titles"] == 2
    assert client.files("titles") == set()


def test_masters_of_encode_are_not_stored_and_so_not_touched(
    client: Client, site: Site, master: Path
) -> None:
    encode(site, master)
    assert sum(counts(client, *ALL).values()) == 0
    assert master.is_file()


def test_unfinished_uploads_go_once_they_are_old(client: Client, site: Site) -> None:
    site.storage.uploads.begin("masters/00/film.mov", PART).close()
    assert counts(client)["uploads"] == 0
    assert counts(client, "--grace", "0")["uploads"] == 1
    assert counts(client, *ALL)["uploads"] == 1
    assert list(site.storage.uploads.unfinished("masters")) == []


def test_a_job_that_begins_meanwhile_keeps_what_it_found(client: Client, site: Site, master: Path) -> None:
    """It looked for artifacts after the catalog was asked what is needed, and before they went."""
    in_use, found = deleted(client, master)
    job = client.upload(master)
    for _ in range(5):
        client.do_next(job)
    assert list(remove(site.storage, in_use, found)) == []
    client.work(job)
    made = {a.step for a in site.catalog.steps.attempts(job) if a.number > 1}
    assert made == set()
    assert current(site) is not None


def test_what_is_found_gone_is_made_anew(client: Client, site: Site, master: Path) -> None:
    """A job looks for artifacts when they have just gone, and stores its own: those stay."""
    in_use, found = deleted(client, master)
    in_use.meanwhile = lambda: client.publish(master)
    assert list(remove(site.storage, in_use, found)) == []
    in_use.meanwhile = int
    assert client.run("rollback", "film", current(site) or "").exit_code == 0
    assert sum(counts(client, *ALL).values()) == 0


def test_what_was_made_anew_is_not_what_was_found(client: Client, site: Site, master: Path) -> None:
    in_use, found = deleted(client, master)

    def make_anew() -> None:
        client.publish(master)
        client.run("delete", "film", "--yes", "--now")

    before = client.files("artifacts")
    in_use.meanwhile = make_anew
    list(remove(site.storage, in_use, found))
    assert client.files("artifacts") == before


def test_signs_come_back_where_the_catalog_fails(client: Client, site: Site, master: Path) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    in_use, found = deleted(client, master)
    before = client.files("artifacts")
    in_use.meanwhile = fail
    with pytest.raises(KeyboardInterrupt):
        list(remove(site.storage, in_use, found))
    assert client.files("artifacts") == before


class Interrupted(InUse):
    """Lets something happen at the moment when the catalog is asked."""

    meanwhile: Callable[[], object] = int

    def folders(self) -> set[str]:
        self.meanwhile()
        return super().folders()


def deleted(client: Client, master: Path) -> tuple[Interrupted, list[Garbage]]:
    """The artifacts of a title that was deleted, found as garbage."""
    client.publish(master)
    client.run("delete", "film", "--yes", "--now")
    in_use = Interrupted(client.site.storage, client.site.catalog)
    found = list(garbage(client.site.storage, in_use, "artifacts", time.time()))
    assert len(found) == 4
    return in_use, found


def current(site: Site) -> str | None:
    return site.catalog.titles.current("film")

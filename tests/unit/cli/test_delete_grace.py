"""`telecine delete` with a grace: the manifests go at once, the files when it is over."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.catalog.engine import make_engine
from pipeline.runner.site import Site
from tests.unit.cli.client import Client
from workers.messages import breaker
from workers.remover import OFFICE, Remover


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    breaker.close()


def files_of(client: Client, version: str) -> set[str]:
    return client.files(f"titles/film/v/{version}")


def end_grace(site: Site) -> None:
    """As if the time were over: the clock that counts is the database's."""
    engine = make_engine(site.settings.catalog_url)
    with engine.begin() as connection:
        connection.execute(text("update deletions set due = 1"))
    engine.dispose()


def test_who_plays_goes_on_and_nobody_begins(client: Client, site: Site, master: Path) -> None:
    version = client.publish(master)
    (published,) = site.catalog.titles.versions("film")
    before = client.files("titles")
    told = client.run("delete", "film", "--yes", "--grace", "6h").stdout
    assert re.fullmatch(r"film: deleted, 0 B\nIts files go on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.\n", told)
    assert before - client.files("titles") == {"titles/film/master.m3u8", "titles/film/manifest.mpd"}
    assert files_of(client, version)
    assert client.run("titles").stdout == ""
    assert site.catalog.jobs.recent(9) == []
    (deletion,) = site.catalog.deletions.pending()
    assert 6 * 3600 <= deletion.due - published.published < 7 * 3600


def test_garbage_collection_waits_for_the_grace_and_no_longer(
    client: Client, site: Site, master: Path
) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes")
    before = client.files("titles")
    client.run("gc", "--grace", "0", "--yes")
    assert client.files("titles") == before
    end_grace(site)
    assert json.loads(client.run("gc", "--json").stdout)["titles"]["count"] == 1
    assert client.files("titles") == before
    client.run("gc", "--yes")
    assert client.files("titles") == set()
    assert site.catalog.deletions.of("film") == []


def test_keepers_remove_what_is_due(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes")
    remover = Remover(site.settings, site.catalog)
    before = client.files("titles")
    remover.round()
    assert client.files("titles") == before
    end_grace(site)
    site.catalog.queue.lock(OFFICE, "another", 3600)
    remover.round()
    assert client.files("titles") == before
    site.catalog.queue.unlock(OFFICE, "another")
    remover.round()
    assert client.files("titles") == set()
    assert site.catalog.deletions.of("film") == []


def test_a_storage_that_is_out_is_asked_again(
    client: Client, site: Site, master: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes")
    end_grace(site)
    remover = Remover(site.settings, site.catalog)
    temporary = site.settings.root / "tmp"
    temporary.rename(site.settings.root / "moved")
    temporary.touch()
    remover.round()
    assert "files of deleted titles stay: cannot write to" in caplog.text
    temporary.unlink()
    remover.round()
    assert client.files("titles") == set()


def test_the_same_title_again_in_the_grace_stays(client: Client, site: Site, master: Path) -> None:
    version = client.publish(master)
    other = client.publish(master, crf=34)
    client.run("delete", "film", "--yes")
    assert client.publish(master) == version
    end_grace(site)
    Remover(site.settings, site.catalog).round()
    assert files_of(client, version)
    assert files_of(client, other) == set()
    assert f"v/{version}/" in (site.settings.root / "titles/film/master.m3u8").read_text()


def test_what_a_job_uses_again_stays_though_it_is_due(client: Client, site: Site, master: Path) -> None:
    version = client.publish(master)
    client.run("delete", "film", "--yes")
    job = client.upload(master)
    for _ in range(4):  # up to the plan and beyond
        client.do_next(job)
    end_grace(site)
    Remover(site.settings, site.catalog).round()
    client.work(job)
    assert site.catalog.titles.current("film") == version
    assert client.run("rollback", "film", version).exit_code == 0


def test_a_deleted_title_can_go_at_once_after_all(client: Client, site: Site, master: Path) -> None:
    client.publish(master)
    client.run("delete", "film", "--yes")
    client.run("delete", "film", "--yes", "--now")
    assert client.files("titles") == set()
    unknown = client.run("delete", "film", "--yes", code=2)
    assert unknown.stderr == "telecine: 'film': no such title; `telecine titles` lists them\n"

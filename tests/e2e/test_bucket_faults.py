"""A title encoded into a bucket while the way there damages, delays and loses what is sent."""

import threading
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.storage.s3.storage import S3Storage
from samples.master import MasterSpec, Picture, make_master
from tests.support.s3 import server
from tests.support.s3_faults import at_random, faulty_proxy
from tests.support.site import Site, contents, run

MANIFEST = "titles/film/master.m3u8"
MOST_RUNS = 30


def published(storage: S3Storage) -> dict[str, bytes]:
    """Like `contents`, of a bucket."""
    found = {}
    for entry in storage.list("titles"):
        if not entry.key.endswith("report.json"):
            with storage.open(entry.key) as file:
                found[entry.key.removeprefix("titles/")] = file.read()
    return found


def test_what_is_published_is_whole_and_what_a_folder_would_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds the manifest finds everything, and the same bytes as without faults."""
    master = tmp_path / "film.mp4"
    make_master(master, MasterSpec(seconds=Fraction(2), picture=Picture(320, 180, Fraction(25))))
    folder, site = Site(tmp_path / "folder"), Site(tmp_path / "bucket")
    for one in (folder, site):
        one.folder.mkdir()
    folder.encode(master)
    due = contents(folder.root / "titles")

    direct = server("swift").storage(tmp_path)
    done, early = threading.Event(), []

    def watch() -> None:
        while not done.wait(0.05):
            if direct.head(MANIFEST):
                early.append(len(list(direct.list("titles"))))

    monkeypatch.setenv("TELECINE_STORAGE", str(direct.place.bucket))
    monkeypatch.setenv("TELECINE_S3_TIMEOUT", "2")
    with faulty_proxy(server("swift").url) as proxy:
        behind = server("swift").behind(proxy.url, tmp_path)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(behind.profile))
        proxy.choose = at_random(0.08, seed=3)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            runs = []
            while not runs or runs[-1].returncode:
                assert len(runs) < MOST_RUNS, runs[-1].stderr
                runs.append(run(site.command(master)))
        finally:
            done.set()
            watcher.join()
    assert published(direct) == due
    # The report is not among `due`.
    assert all(count >= len(due) for count in early)
    told = [run.stderr.strip().splitlines()[-1] for run in runs[:-1]]
    print(f"\n{proxy.counts.total()} requests {dict(proxy.counts)}; runs that failed: {told}")

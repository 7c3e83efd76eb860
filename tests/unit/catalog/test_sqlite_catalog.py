"""What is particular to a catalog in an SQLite file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.catalog import engine
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import NewJob, StepSpec
from pipeline.errors import DiskFullError, OutageError, StorageError
from pipeline.settings import Settings
from tests.conftest import SMALL_DISK

PLAN = StepSpec("plan", "plan", b"")


@pytest.mark.parametrize("name", ["site", "who?", "50% #1 off", "mode=memory&x", "ünïcode 日本"])
def test_the_catalog_lies_in_the_root_whatever_its_name(tmp_path: Path, name: str) -> None:
    settings = Settings.load(tmp_path / name)
    settings.root.mkdir()
    Catalog(settings.catalog_url).close()
    assert settings.catalog_file.is_file()
    assert list(tmp_path.iterdir()) == [settings.root]


def test_a_full_disk_is_told_and_nothing_is_half_recorded(small_disk: Path) -> None:
    catalog = Catalog(f"sqlite:///{small_disk / 'catalog.db'}")
    with pytest.raises(DiskFullError, match=r"catalog\.db: the disk is full; free some space"):
        catalog.jobs.open(NewJob("film", "the-film", b"s" * SMALL_DISK, [PLAN]))
    assert catalog.jobs.get("film") is None
    catalog.jobs.open(NewJob("film", "the-film", b"small", [PLAN]))
    assert [step.name for step in catalog.steps.of("film")] == ["plan"]
    catalog.close()


def test_a_file_that_is_no_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"a film, perhaps" * 1000)
    with pytest.raises(StorageError, match=r"cannot use the catalog .*catalog\.db: file is not a database"):
        Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open database file"):
        Catalog(f"sqlite:///{tmp_path / 'none' / 'catalog.db'}")


def test_a_file_that_others_write_for_too_long_is_an_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0)
    file = tmp_path / "catalog.db"
    catalog = Catalog(f"sqlite:///{file}")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(OutageError, match=r"catalog\.db is out of reach: database is locked"):
            catalog.jobs.open(NewJob("film", "the-film", b"", [PLAN]))
        assert catalog.jobs.get("film") is None
        other.execute("rollback")
    catalog.jobs.open(NewJob("film", "the-film", b"", [PLAN]))
    catalog.close()

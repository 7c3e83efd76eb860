"""Settings from the environment."""

import shutil
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.settings import Settings


def test_how_masters_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TELECINE_MASTER_READS", raising=False)
    monkeypatch.delenv("TELECINE_MASTER_CACHE", raising=False)
    usual = Settings.load(tmp_path)
    assert usual.master_reads == "auto"
    assert usual.master_cache == shutil.disk_usage(tmp_path).total // 4
    monkeypatch.setenv("TELECINE_MASTER_READS", "cache")
    monkeypatch.setenv("TELECINE_MASTER_CACHE", "200000000000")
    other = Settings.load(tmp_path)
    assert (other.master_reads, other.master_cache) == ("cache", 200_000_000_000)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("TELECINE_MASTER_READS", "s3", "is 's3': give one of auto, url, cache"),
        ("TELECINE_MASTER_CACHE", "20GB", "is '20GB': give a number of bytes"),
        ("TELECINE_MASTER_CACHE", "0", "is '0': give a number of bytes"),
    ],
)
def test_what_cannot_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name} {message}"):
        Settings.load(tmp_path)

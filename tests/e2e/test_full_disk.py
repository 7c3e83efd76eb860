"""A full disk stops the job with a clear error; nothing half-written shows, and with room it continues."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site, run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_the_job_and_room_continues_it(small_disk: Path, short_master: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2_600_000))
    site = Site(small_disk)
    stopped = run(site.command(short_master))
    assert stopped.returncode == 7
    assert "the disk is full" in stopped.stderr
    assert not (site.root / "titles" / "short" / "master.m3u8").exists()
    assert list((site.root / "tmp").iterdir()) == []
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    events = site.encode(short_master)
    assert events[-1]["event"] == "published"

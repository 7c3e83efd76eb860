"""`telecine up`: a whole site by one command, with nothing but what is in the package."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.broker import free_port
from tests.support.cluster import strays
from tests.support.site import QUICK_H264
from tests.support.up import PATIENCE, Up, running_up
from tests.support.waiting import wait_until


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with running_up(tmp_path) as up:
        yield up


def test_a_site_plays_what_is_uploaded_and_leaves_nothing_running(
    up: Up, films: dict[str, Path], tmp_path: Path
) -> None:
    ladder = tmp_path / "quick.yaml"
    ladder.write_text(QUICK_H264)
    done = up.telecine("upload", films["arrival"], "--ladder", ladder)
    assert done.returncode == 0, done.stderr
    assert "Arrival" in httpx.get(f"{up.url}/").text
    assert httpx.get(f"{up.url}/titles/arrival/master.m3u8").text.startswith("#EXTM3U")
    assert "telecine_steps_done_total" in httpx.get(f"{up.url}/metrics").text
    flower = f"http://127.0.0.1:{up.flower_port}"
    assert httpx.get(f"{flower}/tasks").status_code == 401
    tasks = httpx.get(f"{flower}/api/tasks", auth=up.login).json().values()
    encodes = [task for task in tasks if task["name"] == "encode"]
    assert [task["args"] for task in encodes] == ["('arrival', 'h264, chunk 1')"]
    again = up.telecine("up", "--port", str(free_port()))
    assert again.returncode == 2
    assert "a site runs in" in again.stderr
    assert up.stop() == 0
    assert strays(up.root) == []


def test_a_worker_that_dies_is_started_again(up: Up) -> None:
    (worker,) = up.parts(" worker ")
    worker.kill()
    wait_until(lambda: [w.pid for w in up.parts(" worker ")] not in ([], [worker.pid]), PATIENCE)


def test_a_site_that_is_killed_takes_all_its_parts_with_it(up: Up) -> None:
    parts = psutil.Process(up.process.pid).children(recursive=True)
    assert len(parts) > 4
    up.process.kill()
    assert psutil.wait_procs(parts, timeout=30)[1] == []

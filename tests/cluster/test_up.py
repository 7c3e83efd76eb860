"""`telecine up`: a whole site by one command, with nothing but what is in the package."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.broker import free_port
from tests.support.cluster import ROOT, command_of, strays
from tests.support.site import QUICK_H264
from tests.support.waiting import wait_until

PATIENCE = 90


class Up:
    """A running `telecine up` in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "site"
        self.port, self.flower_port = free_port(), free_port()
        self._said = folder / "said.txt"
        ports = ["--port", str(self.port), "--flower-port", str(self.flower_port)]
        command = [sys.executable, "-m", "pipeline", "up", "-o", str(self.root), *ports, "--workers", "1"]
        # Without what may be set round the tests: a site needs nothing of it.
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("TELECINE_", "REDIS_"))
        } | {"PYTHONPATH": str(ROOT)}
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command, cwd=folder, env=self.environment, stdout=said, stderr=said, start_new_session=True
            )

    def said(self) -> str:
        return self._said.read_text(errors="replace")

    def telecine(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "pipeline", *map(str, arguments), "-o", str(self.root)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )

    @property
    def login(self) -> tuple[str, str]:
        return "telecine", json.loads((self.root / "site.json").read_text())["secrets"]["flower"]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path)
    try:
        wait_until(lambda: "stop    Ctrl-C" in up.said() or up.process.poll() is not None, PATIENCE)
        assert up.process.poll() is None, up.said()
        yield up
    finally:
        up.process.send_signal(signal.SIGTERM)
        up.process.wait(timeout=60)


def test_a_site_plays_what_is_uploaded_and_leaves_nothing_running(
    up: Up, films: dict[str, Path], tmp_path: Path
) -> None:
    ladder = tmp_path / "quick.yaml"
    ladder.write_text(QUICK_H264)
    done = up.telecine("upload", films["arrival"], "--ladder", ladder)
    assert done.returncode == 0, done.stderr
    site = f"http://127.0.0.1:{up.port}"
    assert "Arrival" in httpx.get(f"{site}/").text
    assert httpx.get(f"{site}/titles/arrival/master.m3u8").text.startswith("#EXTM3U")
    assert "telecine_steps_done_total" in httpx.get(f"{site}/metrics").text
    flower = f"http://127.0.0.1:{up.flower_port}"
    assert httpx.get(f"{flower}/tasks").status_code == 401
    tasks = httpx.get(f"{flower}/api/tasks", auth=up.login).json().values()
    encodes = [task for task in tasks if task["name"] == "encode"]
    assert [task["args"] for task in encodes] == ["('arrival', 'h264, chunk 1')"]
    again = up.telecine("up", "--port", str(free_port()))
    assert again.returncode == 2
    assert "a site runs in" in again.stderr
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(timeout=60) == 0
    assert strays(up.root) == []


def test_a_worker_that_dies_is_started_again(up: Up) -> None:
    def workers() -> list[psutil.Process]:
        children = psutil.Process(up.process.pid).children()
        return [child for child in children if " worker " in command_of(child)]

    (worker,) = workers()
    worker.kill()
    wait_until(lambda: [w.pid for w in workers()] not in ([], [worker.pid]), PATIENCE)


def test_a_site_that_is_killed_takes_all_its_parts_with_it(up: Up) -> None:
    parts = psutil.Process(up.process.pid).children(recursive=True)
    assert len(parts) > 4
    up.process.kill()
    assert psutil.wait_procs(parts, timeout=30)[1] == []

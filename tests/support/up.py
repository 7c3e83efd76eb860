"""A `telecine up` as a user runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.broker import free_port
from tests.support.cluster import ROOT, command_of
from tests.support.waiting import wait_until

PATIENCE = 90
OURS = ("TELECINE_", "REDIS_", "AWS_")
"""Variables that may be set round the tests; a site needs none of them."""


class Up:
    """It runs, in `folder`, once it is started."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.root = folder / "site"
        self.port, self.flower_port = free_port(), free_port()
        self._folder = folder
        self._said = folder / "said.txt"
        self._options = options
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.environment = {**clean, "PYTHONPATH": str(ROOT), **environment}
        self.start()

    def start(self, *options: str) -> None:
        """Also again, after its end, with other options than those of the first time."""
        ports = ["--port", str(self.port), "--flower-port", str(self.flower_port)]
        command = [*self._telecine("up"), *ports, "--workers", "1", *(options or self._options)]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self.environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        wait_until(lambda: "stop    Ctrl-C" in self.said() or self.process.poll() is not None, PATIENCE)
        assert self.process.poll() is None, self.said()

    def stop(self) -> int:
        """SIGTERM, and its orderly end; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def said(self) -> str:
        return self._said.read_text(errors="replace")

    def telecine(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._telecine(*map(str, arguments)),
            env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def parts(self, mark: str) -> list[psutil.Process]:
        """Those of its processes that have `mark` in their command line."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if mark in command_of(child)]

    @property
    def url(self) -> str:
        """Of the origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def login(self) -> tuple[str, str]:
        return "telecine", json.loads((self.root / "site.json").read_text())["secrets"]["flower"]

    def _telecine(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pipeline", *arguments, "-o", str(self.root)]


@contextmanager
def running_up(folder: Path, *options: str, **environment: str) -> Iterator[Up]:
    """One that is ready, and ends with the block."""
    up = Up(folder, *options, **environment)
    try:
        up.wait_until_ready()
        yield up
    finally:
        if up.process.poll() is None:
            up.stop()

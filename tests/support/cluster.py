"""A cluster on this machine: a real Redis, PostgreSQL, a folder, and worker processes to be ill-treated."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pipeline.catalog.catalog import Catalog
from pipeline.ffmpeg.child import bound_to_us
from tests.support.broker import Broker
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class Cluster:
    """`database` is the catalog's URL; `lease` in seconds."""

    folder: Path
    broker: Broker
    database: str
    lease: int = 4
    workers: "list[Worker]" = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.folder / "site"

    @property
    def faults(self) -> Path:
        """See tests.support.faulty."""
        return self.folder / "faults.json"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": self.broker.url,
            "TELECINE_CATALOG": self.database,
            "TELECINE_ROOT": str(self.root),
            "TELECINE_LEASE": str(self.lease),
            "TELECINE_FAULTS": str(self.faults),
        }

    def catalog(self) -> Catalog:
        return Catalog(self.database, lease=self.lease)

    def start_worker(self, *options: str, prefix: tuple[str, ...] = ()) -> "Worker":
        """`prefix` is a command that runs another."""
        worker = Worker(self, len(self.workers) + 1, options, prefix)
        self.workers.append(worker)
        return worker

    def telecine(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """A command of the client's, run to its end."""
        command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )

    def upload(self, master: Path, *options: str | Path) -> str:
        """Hand a master to the workers; the job's id."""
        done = self.telecine("upload", master, "--detach", *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()

    def kill(self) -> None:
        for worker in self.workers:
            worker.kill()

    def logs(self) -> str:
        """What the workers said, for whoever has to find out why a test failed."""
        return "\n".join(worker.log.read_text(errors="replace")[-20_000:] for worker in self.workers)


class Worker:
    """A `telecine worker` process, with what it started: a keeper, slots, and their encoders."""

    def __init__(
        self, cluster: Cluster, number: int, options: tuple[str, ...], prefix: tuple[str, ...]
    ) -> None:
        self._cluster = cluster
        self._command = [*prefix, sys.executable, "-m", "tests.support.faulty", "worker", *options]
        self.clock = cluster.folder / f"clock-{number}"
        self.clock.write_text("0")
        self.log = cluster.folder / f"worker-{number}.log"
        self._process = self._start()

    def wait_until_ready(self) -> None:
        wait_until(lambda: " ready." in self.log.read_text(errors="replace"), 60)

    def start_again(self) -> None:
        """After it ended."""
        assert self._process.poll() is not None
        self._process = self._start()

    def kill(self) -> None:
        """SIGKILL of the worker's own process; what it started has to notice."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def kill_all(self) -> None:
        """SIGKILL of all of it, as when its machine loses power."""
        for process in self.freeze():
            _signal(process, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and its orderly end."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(timeout=60)

    def freeze(self) -> list[psutil.Process]:
        """SIGSTOP everything of it, as on a machine that lost its power to schedule; what was stopped."""
        stopped = [psutil.Process(self._process.pid), *self.tree()]
        for process in stopped:
            _signal(process, signal.SIGSTOP)
        return stopped

    def tree(self) -> list[psutil.Process]:
        """All that it started and that runs."""
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def keepers(self) -> list[psutil.Process]:
        return [process for process in self._children() if "workers.keeper" in command_of(process)]

    def slots(self) -> list[psutil.Process]:
        return [process for process in self._children() if "workers.keeper" not in command_of(process)]

    def encoders(self) -> list[psutil.Process]:
        """Programs that its slots run."""
        return [child for slot in self.slots() for child in _children(slot)]

    def _children(self) -> list[psutil.Process]:
        return _children(psutil.Process(self._process.pid)) if self._process.poll() is None else []

    def _start(self) -> "subprocess.Popen[bytes]":
        environment = {**self._cluster.environment, "TELECINE_CLOCK": str(self.clock)}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                bound_to_us(self._command),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def thaw(processes: list[psutil.Process]) -> None:
    """SIGCONT those that still live."""
    for process in processes:
        _signal(process, signal.SIGCONT)


def strays(root: Path) -> list[str]:
    """Programs that work on what lies below `root`, whoever started them."""
    return [command for process in psutil.process_iter() if str(root) in (command := command_of(process))]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def command_of(process: psutil.Process) -> str:
    """Its command line; empty where it has ended."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def running_steps(catalog: Catalog, jobs: list[str]) -> Iterator[tuple[str, str, str]]:
    """Job, step and owner of what runs."""
    for job in jobs:
        for step in catalog.steps.of(job):
            if step.state == "running" and step.owner:
                yield job, step.name, step.owner

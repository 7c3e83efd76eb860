"""A PostgreSQL of one's own, for tests: on a free port, gone with the test's process, its data with it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from pipeline.ffmpeg.child import bound_to_us
from tests.support.broker import free_port
from tests.support.waiting import wait_until

USER = "telecine"

UNSAFE = ("fsync=off", "full_page_writes=off")
"""What only losing power can punish: a killed server has given everything to the system."""

_numbers = count()


def _programs() -> Path:
    """The folder of the newest server that is installed; elsewhere than on Debian, where the path leads."""
    on_path = shutil.which("postgres")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not installed and not on_path:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    return installed[-1] if installed else Path(str(on_path)).parent


def _unprivileged(argv: list[str]) -> list[str]:
    """The command line that runs `argv` as long as we live, and not as root: PostgreSQL refuses that."""
    if os.geteuid():
        return bound_to_us(argv)
    user = ["--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=KILL"]
    return ["setpriv", *user, "--", *argv]


@dataclass
class Postgres:
    """A server that can be killed and started again on the same port, with its data."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def url_of(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def initialize(self) -> None:
        self.folder.mkdir(mode=0o700)
        if not os.geteuid():
            shutil.chown(self.folder, "postgres", "postgres")
        options = ["--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-locale"]
        argv = [str(_programs() / "initdb"), *options, f"--pgdata={self.folder}"]
        subprocess.run(_unprivileged(argv), check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *UNSAFE]
        argv = [str(_programs() / "postgres"), "-D", str(self.folder)]
        argv += [word for setting in settings for word in ("-c", setting)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(_unprivileged(argv), stderr=log, cwd="/")
        wait_until(self._answers, 30)

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    def kill(self) -> None:
        """As a crash: nothing is written any more, and transactions that are not committed never were.

        Not by SIGKILL, after which the server's children may linger, and the next one not start.
        """
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
            self.process = None

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a database made from a template, to which nobody is connected; then it is dropped."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.execute(f"create database {name} template {template}")
        try:
            yield self.url_of(name)
        finally:
            self.execute(f"drop database {name} with (force)")

    def execute(self, statement: str) -> None:
        """Outside of any transaction, as the server's administrator."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as administrator:
            administrator.execute(statement)

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        with suppress(psycopg.OperationalError), psycopg.connect(self.url_of("postgres")):
            return True
        return False


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server in a folder that its user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="telecine-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder) / "data")
        server.initialize()
        server.start()
        try:
            yield server
        finally:
            server.kill()

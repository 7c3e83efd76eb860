"""S3 servers of one's own, for tests: made when they are first needed, gone with the test's process."""

import atexit
import itertools
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from pipeline.ffmpeg.child import bound_to_us
from pipeline.site.swift.server import Swift
from pipeline.storage.location import Bucket
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.settings import S3Settings
from tests.support.broker import free_port
from tests.support.waiting import wait_until

TOOLS = Path(__file__).parents[2] / ".test-tools"

_numbers = itertools.count()


@dataclass(frozen=True)
class Server:
    """An endpoint that can be reached with the AWS config file `profile`."""

    profile: Path
    port: int

    @cache  # noqa: B019  lives as long as the tests do
    def connection(self, settings: S3Settings = S3Settings()) -> Connection:  # noqa: B008
        """The same for all tests, because a client takes a tenth of a second to make."""
        return Connection(settings, self.profile)

    def new_bucket(self) -> Bucket:
        name = f"test-{os.getpid()}-{next(_numbers)}"
        self.connection().client.create_bucket(Bucket=name)
        return Bucket(name, profile_file=self.profile)


@cache
def swift() -> Server:
    """The embedded S3, as `telecine up` runs it."""
    os.environ["TELECINE_SWIFT_VENV"] = str(_environment("swift"))
    server = Swift.of(_folder("swift"), free_port(), print)
    server.prepare()
    _start(list(server.argv), server.health_url)
    return Server(server.credentials.file, server.port)


@cache
def ministack() -> Server:
    """An emulator of AWS that is strict where Swift is not, and has what Swift lacks."""
    hypercorn = _environment("ministack") / "bin" / "hypercorn"
    folder, port = _folder("ministack"), free_port()
    profile = folder / "aws"
    profile.write_text(
        "[default]\naws_access_key_id = test\naws_secret_access_key = test\nregion = us-east-1\n"
        f"endpoint_url = http://127.0.0.1:{port}\n"
    )
    settings = {"SERVICES": "s3", "S3_PERSIST": "1", "S3_DATA_DIR": str(folder), "AUTH": "true"}
    _start(
        [str(hypercorn), "ministack.app:app", "-b", f"127.0.0.1:{port}"],
        f"http://127.0.0.1:{port}/_ministack/health",
        settings,
    )
    return Server(profile, port)


SERVERS: dict[str, Callable[[], Server]] = {"swift": swift, "ministack": ministack}


def _environment(name: str) -> Path:
    folder = TOOLS / name
    if not folder.exists():
        pytest.skip(f"no {name}: run tests/install-tools")
    return folder


def _folder(name: str) -> Path:
    made = tempfile.TemporaryDirectory(prefix=f"telecine-{name}-")
    atexit.register(made.cleanup)
    return Path(made.name)


def _start(argv: list[str], health: str, settings: dict[str, str] | None = None) -> None:
    log = tempfile.TemporaryFile()  # noqa: SIM115  as long as the server
    process = subprocess.Popen(
        bound_to_us(argv), env={**os.environ, **(settings or {})}, stdout=log, stderr=log
    )
    atexit.register(process.wait)
    atexit.register(process.kill)

    def answers() -> bool:
        assert process.poll() is None, argv
        with suppress(OSError), urllib.request.urlopen(health, timeout=5):
            return True
        return False

    wait_until(answers, 30)

"""S3 servers of one's own, for tests: made when they are first needed, gone with the test's process."""

import atexit
import configparser
import hashlib
import itertools
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.ffmpeg.child import bound_to_us
from pipeline.process import identity, remove_remains
from pipeline.site.swift.server import Swift
from pipeline.storage.location import Bucket
from pipeline.storage.s3.client import Connection
from pipeline.storage.s3.place import Place
from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.storage import S3Storage
from tests.support.broker import free_port
from tests.support.waiting import wait_until

TOOLS = Path(__file__).parents[2] / ".test-tools"

BUCKET = "tests"
"""In which tests that need none of their own have a folder."""

MEMORY = Path("/dev/shm/telecine-tests")

_numbers = itertools.count()


@dataclass(frozen=True)
class Server:
    """An endpoint that can be reached with the AWS config file `profile`."""

    profile: Path

    @cache  # noqa: B019  lives as long as the tests do
    def connection(self, settings: S3Settings = S3Settings()) -> Connection:  # noqa: B008
        """The same for all tests, because a client takes a tenth of a second to make."""
        return Connection(settings, self.profile)

    @property
    def url(self) -> str:
        return self._profile()["default"]["endpoint_url"]

    def behind(self, url: str, folder: Path) -> "Server":
        """The same server, as it is reached through a proxy."""
        profile = self._profile()
        profile["default"]["endpoint_url"] = url
        path = folder / f"aws-{urlsplit(url).port}"
        with path.open("w") as file:
            profile.write(file)
        return Server(path)

    def storage(self, folder: Path, settings: S3Settings = S3Settings()) -> S3Storage:  # noqa: B008
        """The one that belongs to that folder, in this process and in others."""
        prefix = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        bucket = Bucket(BUCKET, f"{prefix}/", self.profile)
        return S3Storage(Place(self.connection(settings), bucket), folder / "scratch")

    def _profile(self) -> configparser.RawConfigParser:
        profile = configparser.RawConfigParser()
        profile.read(self.profile)
        return profile

    def new_bucket(self) -> Bucket:
        name = f"test-{os.getpid()}-{next(_numbers)}"
        self.connection().client.create_bucket(Bucket=name)
        return Bucket(name, profile_file=self.profile)


def _swift() -> Server:
    """The embedded S3, as `telecine up` runs it."""
    os.environ["TELECINE_SWIFT_VENV"] = str(_environment("swift"))
    server = Swift.of(_folder("swift"), free_port(), print)
    server.prepare()
    _start(list(server.argv), server.health_url)
    return Server(server.credentials.file)


def _ministack() -> Server:
    """An emulator of AWS that is strict where Swift is not, and has what Swift lacks."""
    hypercorn = _environment("ministack") / "bin" / "hypercorn"
    folder, url = _folder("ministack"), f"127.0.0.1:{free_port()}"
    profile = folder / "aws"
    profile.write_text(
        "[default]\naws_access_key_id = test\naws_secret_access_key = test\nregion = us-east-1\n"
        f"endpoint_url = http://{url}\n"
    )
    settings = {"SERVICES": "s3", "S3_PERSIST": "1", "S3_DATA_DIR": str(folder / "data"), "AUTH": "true"}
    _start([str(hypercorn), "ministack.app:app", "-b", url], f"http://{url}/_ministack/health", settings)
    return Server(profile)


SERVERS: dict[str, Callable[[], Server]] = {"swift": _swift, "ministack": _ministack}


@cache
def server(name: str) -> Server:
    """The one of that name: that of the process that started us, or a new one."""
    variable = f"TEST_S3_{name.upper()}"
    if variable in os.environ:
        return Server(Path(os.environ[variable]))
    started = SERVERS[name]()
    started.connection().client.create_bucket(Bucket=BUCKET)
    os.environ[variable] = str(started.profile)
    return started


def _environment(name: str) -> Path:
    folder = TOOLS / name
    if not folder.exists():
        pytest.skip(f"no {name}: run tests/install-tools")
    return folder


def _folder(name: str) -> Path:
    """In memory, where syncing costs nothing. What killed tests left there is removed."""
    remove_remains(MEMORY)
    own = MEMORY / identity()
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    (own / name).mkdir(parents=True)
    return own / name


def _start(argv: list[str], health: str, settings: dict[str, str] | None = None) -> None:
    log = tempfile.TemporaryFile()  # noqa: SIM115  as long as the server
    process = subprocess.Popen(
        bound_to_us(argv), env={**os.environ, **(settings or {})}, stdout=log, stderr=log
    )
    atexit.register(log.close)
    atexit.register(process.wait)
    atexit.register(process.kill)

    def answers() -> bool:
        assert process.poll() is None, argv
        with suppress(OSError), urllib.request.urlopen(health, timeout=5):
            return True
        return False

    wait_until(answers, 30)

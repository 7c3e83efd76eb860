"""The embedded broker: a Redis-compatible server on this machine, its data in the site's folder."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import StorageError
from pipeline.site.engine import Engine, choose_engine
from pipeline.site.part import Part
from pipeline.site.ports import LOCALHOST
from pipeline.site.private import write_private
from pipeline.site.ready import answers_ping

STOP_SECONDS = 15
"""To write down what it was told last."""


@dataclass(frozen=True)
class Broker:
    """`folder` has the data of this engine and version."""

    engine: Engine
    folder: Path
    port: int
    password: str = field(repr=False)

    @classmethod
    def of(cls, root: Path, port: int, password: str) -> "Broker":
        """The broker of the site in `root`. Raises UsageError if there is no server to run."""
        engine = choose_engine(root / "broker")
        return cls(engine, root / "broker" / engine.name, port, password)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOCALHOST}:{self.port}/0"

    @property
    def configuration(self) -> Path:
        return self.folder / "server.conf"

    def prepare(self) -> None:
        """Everybody can read a command line, so the password goes into a file."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make {self.folder}: {error.strerror}") from error
        write_private(self.configuration, f"requirepass {self.password}\n".encode())

    def part(self) -> Part:
        return Part(
            "broker",
            self._argv(),
            answers_ping(self.url),
            withheld=tuple(os.environ),
            stop_seconds=STOP_SECONDS,
        )

    def _argv(self) -> tuple[str, ...]:
        return (
            str(self.engine.binary), str(self.configuration),
            "--bind", LOCALHOST,
            "--port", str(self.port),
            "--dir", str(self.folder),
            # Every message is on disk within a second; no snapshots beside that.
            "--appendonly", "yes",
            "--save", "",
            # A broker that forgets messages to make room for others would be worse than one that is full.
            "--maxmemory-policy", "noeviction",
        )  # fmt: skip

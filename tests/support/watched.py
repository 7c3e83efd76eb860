"""A command run with an eye on its processes: what anybody on the machine could see of them."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]

Event = dict[str, Any]


@dataclass
class Watched:
    """How a command ended, what it wrote, and the command lines and environments of all its processes."""

    code: int = 0
    events: list[Event] = field(default_factory=list)
    written: bytes = b""
    seen: set[bytes] = field(default_factory=set)

    @property
    def processes(self) -> bytes:
        return b"\n".join(sorted(self.seen))


def watched(command: Sequence[str], kill_at: Callable[[Event], bool] | None = None) -> Watched:
    """Run a command that writes events, looking at its processes at each; killed at the first event that
    `kill_at` is true of."""
    done = Watched()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            done.written += line
            done.seen |= set(_visible(process.pid))
            with suppress(json.JSONDecodeError):  # a killed process may leave half a line
                done.events.append(json.loads(line))
            if kill_at and done.events and kill_at(done.events[-1]):
                process.kill()
        done.code = process.wait(timeout=60)
        errors.seek(0)
        done.written += errors.read()
    return done


def _visible(pid: int) -> list[bytes]:
    found = []
    with suppress(psutil.NoSuchProcess):
        main = psutil.Process(pid)
        for process in (main, *main.children(recursive=True)):
            with suppress(OSError):  # it may end meanwhile
                folder = Path("/proc", str(process.pid))
                found += [(folder / name).read_bytes() for name in ("cmdline", "environ")]
    return found

"""Which process this is, and whether another still lives: names leases and temporary folders. Linux's own."""

import os
import shutil
import socket
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

DAY = 24 * 3600.0

_PROC = Path("/proc")


def identity() -> str:
    """`host.pid.start`: unlike a process id alone, never the same for two processes."""
    return _identity(os.getpid())


def machine() -> str:
    """The name of this host, with which every identity of its processes begins."""
    return socket.gethostname()


def is_alive(name: str) -> bool:
    """Whether the process of that identity runs. Those of other hosts, and of other containers on this one,
    count as alive, for only their leases can tell."""
    host, pid, start = _parts(name)
    if host != machine() or not pid.isdigit():
        return True
    if _world() != (world := start.partition("-")[2]) and world.startswith(_boot()):
        return True
    try:
        return _start(int(pid)) == start
    except ProcessLookupError:
        return False


def remove_remains(folder: Path) -> None:
    """Delete the temporary folders below `folder` that dead processes left; of processes that nobody here can
    ask for, those that nothing came to or went from for a day."""
    for remains in folder.iterdir() if folder.is_dir() else ():
        if _parts(remains.name)[1] and (not is_alive(remains.name) or _is_old(remains)):
            shutil.rmtree(remains, ignore_errors=True)


@cache
def _identity(pid: int) -> str:
    return f"{machine()}.{pid}.{_start(pid)}"


def _parts(name: str) -> tuple[str, str, str]:
    """Host, process id and start; empty where `name` is no identity."""
    rest, _, start = name.rpartition(".")
    host, _, pid = rest.rpartition(".")
    return host, pid, start


def _is_old(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        return _parts(folder.name)[0] != machine() and time.time() - folder.stat().st_mtime > DAY
    return False


def _start(pid: int) -> str:
    """When a process began, in ticks since its machine did, so that no change of the clock changes it; and in
    which world. Raises ProcessLookupError where there is none, or only what is left of it for its parent."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessLookupError(pid) from None
    # proc(5): after the name come the state, field 3, and at last the start, field 22.
    if fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return f"{fields[19]}-{_world()}"


@cache
def _world() -> str:
    """What process ids have their meaning in: this run of this machine, and this container."""
    return f"{_boot()}-{(_PROC / 'self/ns/pid').stat().st_ino}"


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text()[:8]

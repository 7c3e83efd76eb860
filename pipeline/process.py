"""Which process this is, and whether another still lives: names leases and temporary folders."""

import os
import shutil
import socket
from functools import cache
from pathlib import Path

import psutil


@cache
def identity() -> str:
    """`host.pid.start`: unlike a process id alone, never the same for two processes."""
    return _identity(os.getpid())


def machine() -> str:
    """The name of this host, with which every identity of its processes begins."""
    return socket.gethostname()


def is_alive(name: str) -> bool:
    """Whether the process of that identity runs; those of other hosts count as alive, for only their leases
    can tell."""
    host, _, rest = name.rpartition(".")[0].rpartition(".")
    if host != machine() or not rest.isdigit():
        return True
    try:
        return _identity(int(rest)) == name
    except psutil.NoSuchProcess:
        return False


def remove_remains(folder: Path) -> None:
    """Delete the temporary folders below `folder` that dead processes left."""
    for remains in folder.iterdir() if folder.is_dir() else ():
        if not is_alive(remains.name):
            shutil.rmtree(remains, ignore_errors=True)


def _identity(pid: int) -> str:
    start = psutil.Process(pid).create_time()
    return f"{machine()}.{pid}.{round(start * 100)}"

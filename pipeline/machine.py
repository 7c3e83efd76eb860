"""What of this machine a process may use: a container's limits count, not the machine's size."""

import os
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def threads_here() -> int:
    """Processor threads: by affinity, and by the quota of the control group where there is one."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _limit("cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        return max(1, min(affinity, int(quota) // int(period)))
    return affinity


def memory_here() -> int:
    """Bytes: of the machine, or the limit of the control group where that is less."""
    total: int = psutil.virtual_memory().total
    limit = _limit("memory.max")
    return min(total, int(limit)) if limit.isdigit() else total


def _limit(name: str) -> str:
    try:
        return (_CGROUP / name).read_text().strip()
    except OSError:
        return ""

"""What of this machine a process may use: a container's limits count, not the machine's size."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_OURS = Path("/proc/self/cgroup")


def threads_here() -> int:
    """Processor threads: by affinity, and by the quota of the control group where there is one."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = (text.split() for text in _limits("cpu.max"))
    limits = [int(quota) // int(period) for quota, period in quotas if quota.isdigit()]
    return max(1, min([affinity, *limits]))


def memory_here() -> int:
    """Bytes: of the machine, or the limit of the control group where that is less."""
    total: int = psutil.virtual_memory().total
    return min([total, *(int(limit) for limit in _limits("memory.max") if limit.isdigit())])


def _limits(name: str) -> Iterator[str]:
    """Of our control group and all that it is in: a container sees its own alone, a systemd unit all."""
    group = _CGROUPS / _our_group()
    for folder in (group, *group.parents):
        with suppress(OSError):
            yield (folder / name).read_text().strip()
        if folder == _CGROUPS:
            return


def _our_group() -> str:
    """Below the root of all that we see (cgroups(7): `0::/path`, in version 2)."""
    with suppress(OSError):
        for line in _OURS.read_text().splitlines():
            if line.startswith("0::/"):
                return line.removeprefix("0::/")
    return ""

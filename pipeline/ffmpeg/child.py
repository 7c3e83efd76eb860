"""Becomes another program, bound to its parent: `python -I -S child.py PARENT MEMORY CPU FILE -- ARGV`.

Between fork and exec of a process with threads, Python code may deadlock (that rules out `preexec_fn`), so
limits are set by this short-lived interpreter, which then replaces itself. PARENT is the process id whose
death must kill us; MEMORY (bytes), CPU (seconds) and FILE (bytes) are resource limits, 0 for none.
"""

import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def bound_to_us(argv: list[str], *, memory: int = 0, cpu: int = 0, file: int = 0) -> list[str]:
    """The command line that runs `argv` within these limits, for as long as the calling thread lives."""
    numbers = [str(n) for n in (os.getpid(), memory, cpu, file)]
    return [sys.executable, "-I", "-S", __file__, *numbers, "--", *argv]


def main(arguments: list[str]) -> None:
    parent, memory, cpu, file = map(int, arguments[:4])
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, file),
    ):
        if value:
            lower(limit, value)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        die_with_parent(parent)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # This interpreter ignores them, and what is ignored stays so in the program that it becomes.
        signal.signal(number, signal.SIG_DFL)
    argv = arguments[arguments.index("--") + 1 :]
    os.execv(argv[0], argv)  # noqa: S606  this is what the module is for


def lower(limit: int, value: int) -> None:
    """Never above what the administrator set, which may also be an error."""
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def die_with_parent(parent: int) -> None:
    """SIGKILL us when the thread that started us ends, a SIGKILL of its process included."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the call above.
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])

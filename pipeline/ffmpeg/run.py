"""The one way to run a child process: its own group, limits, progress, a bounded stderr, a sure end."""

import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import DiskFullError, EncodeError, StoppedError
from pipeline.ffmpeg.child import bound_to_us

STDERR_BYTES = 32_768
SIGNED = re.compile(r"[^\s'\"]*X-Amz-[^\s'\"]*")
"""What opens an object to whoever reads it, in a log for example."""

ENOSPC_EXIT = 228
"""ffmpeg exits with the low byte of its AVERROR, and AVERROR(ENOSPC) is -28."""

PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)
"""Variables that a child gets. What else is in our environment may be secret, and is no business of a decoder
that reads strangers' files."""

OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Resource limits of a child: address space and largest file in bytes, CPU and wall time in seconds.

    Generous by default: they stop a runaway decoder, not a long encode. Address space is far larger than
    memory, for encoders reserve much that they never touch.
    """

    memory: int = 64 << 30
    cpu: int = 7 * 24 * 3600
    file: int = 1 << 40
    wall: float = 24 * 3600


@dataclass(frozen=True, slots=True)
class Usage:
    """What a child cost: CPU seconds (user and system), wall seconds, peak resident bytes; and the last lines
    it wrote to stderr."""

    cpu: float
    wall: float
    memory: int
    stderr: str


class Children:
    """All child processes of one job. `cancel` kills them and makes every later `run` fail at once."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()
        with self._lock:
            for pid in self._running:
                _kill_group(pid)

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits = Limits(),
        on_line: OnLine | None = None,
        feed: Iterable[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Usage:
        """Run `argv` to its end.

        `on_line` receives each line that the child writes to stdout; `feed` is written to its stdin. Raises
        EncodeError with command and stderr tail when it fails, DiskFullError when ffmpeg ran out of disk,
        StoppedError after `cancel`.
        """
        started = time.monotonic()
        stderr = bytearray()
        errors: list[BaseException] = []
        with (
            self._started(argv, limits, feed is not None, environment) as process,
            _deadline(process.pid, limits.wall),
        ):
            ender = threading.Thread(target=_end_group, args=(process.pid,), daemon=True)
            helpers = [threading.Thread(target=_drain, args=(process.stderr, stderr), daemon=True)]
            if feed is not None:
                feeder = threading.Thread(target=_feed, args=(process.stdin, feed, errors), daemon=True)
                helpers.append(feeder)
            for thread in (ender, *helpers):
                thread.start()
            for line in process.stdout or ():
                if on_line:
                    on_line(line.decode(errors="replace").rstrip("\n"))
            ender.join()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            for thread in helpers:
                thread.join(timeout=5)
        wall = time.monotonic() - started
        tail = SIGNED.sub("(a signed URL)", stderr.decode(errors="replace").replace("\r", "\n"))
        if errors:
            raise errors[0]
        if process.returncode:
            raise self._failure(argv, process.returncode, tail, timed_out=wall >= limits.wall)
        return Usage(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, tail)

    @contextmanager
    def _started(
        self, argv: Sequence[str], limits: Limits, fed: bool, environment: Mapping[str, str] | None
    ) -> Iterator[subprocess.Popen[bytes]]:
        if self.cancelled():
            raise StoppedError("stopped")
        process = subprocess.Popen(
            bound_to_us(list(argv), memory=limits.memory, cpu=limits.cpu, file=limits.file),
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ}
            | dict(environment or {}),
        )
        with self._lock:
            self._running.add(process.pid)
        if self.cancelled():
            _kill_group(process.pid)
        try:
            yield process
        except BaseException:
            _kill_group(process.pid)
            process.wait()
            raise
        finally:
            with self._lock:
                self._running.discard(process.pid)
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()

    def _failure(self, argv: Sequence[str], code: int, tail: str, *, timed_out: bool) -> Exception:
        if self.cancelled():
            return StoppedError("stopped")
        name = Path(argv[0]).name
        evidence = f"{shlex.join(argv)}\nexit code {code}\n{tail}"
        if code == ENOSPC_EXIT:
            return DiskFullError(
                "the disk is full: free some space and run the same command again", evidence=evidence
            )
        if timed_out:
            return EncodeError(f"{name} did not finish in time and was stopped", evidence=evidence)
        reason = (
            f"was killed by signal {signal.Signals(-code).name}"
            if code < 0
            else f"failed with exit code {code}"
        )
        last = next((line for line in reversed(tail.splitlines()) if line.strip()), "")
        return EncodeError(f"{name} {reason}: {last[:300]}", evidence=evidence)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


@contextmanager
def _deadline(pid: int, seconds: float) -> Iterator[None]:
    """Kills the group after `seconds`."""
    timer = threading.Timer(seconds, _kill_group, (pid,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end_group(pid: int) -> None:
    """When the child ends, so does all that it started, which nobody else would end and which may hold its
    pipes. Until the child is reaped, its group's number cannot become another's."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        _kill_group(pid)


def _drain(pipe: IO[bytes], into: bytearray) -> None:
    while block := pipe.read1(STDERR_BYTES):  # type: ignore[attr-defined]
        into += block
        del into[:-STDERR_BYTES]


def _feed(pipe: IO[bytes], blocks: Iterable[bytes], errors: list[BaseException]) -> None:
    try:
        with pipe:
            for block in blocks:
                pipe.write(block)
    except BrokenPipeError:
        return  # The child ended first; its exit code tells why.
    except BaseException as error:  # noqa: BLE001  carried to the thread that runs the child
        errors.append(error)

"""A running process of a part: bound to us, in a group of its own, its output taken line by line."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress

from pipeline.ffmpeg.child import bound_to_us
from pipeline.site.part import Part

BLOCK = 65_536
LONGEST_LINE = 8_192
"""Bytes that may wait for the end of their line; more become a line of their own."""


class Child:
    """Starts at once. Must be made in the main thread, for with the thread that made it a child dies, and
    inside a running event loop, which sees to its output and its end."""

    def __init__(self, part: Part, take_line: Callable[[str], None]) -> None:
        self._take_line = take_line
        self._lines = Lines()
        self._ended = asyncio.Event()
        self._process = subprocess.Popen(
            bound_to_us(list(part.argv)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_environment(part),
        )
        assert self._process.stdout  # noqa: S101  it is a pipe
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        self._end = os.pidfd_open(self._process.pid)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._output, self._read)
        loop.add_reader(self._end, self._reap)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    async def end(self) -> str:
        """Wait for it; how it ended, in words."""
        await self._ended.wait()
        code = self._process.returncode
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def kill(self) -> None:
        """With all that it started."""
        if not self.has_ended:
            self._kill_group()

    async def stop(self, seconds: float) -> str:
        """Ask it to end, and kill it if it has not after `seconds`; how it ended, in words."""
        if not self.has_ended:
            os.kill(self.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            return await asyncio.wait_for(self.end(), seconds)
        self.kill()
        return f"{await self.end()}, for it had not ended within {seconds:g} s"

    def _read(self) -> bool:
        """Take what there is to read; whether there may be more."""
        try:
            block = os.read(self._output, BLOCK)
        except BlockingIOError:
            return False
        if not block:
            asyncio.get_running_loop().remove_reader(self._output)
        for line in self._lines.feed(block):
            self._take_line(line)
        return bool(block)

    def _reap(self) -> None:
        """What it started ends with it. Until it is reaped, its group's number cannot become another's."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._end)
        os.close(self._end)
        self._kill_group()
        self._process.wait()
        while self._read():
            pass
        for line in self._lines.feed(b""):
            self._take_line(line)
        loop.remove_reader(self._output)
        assert self._process.stdout  # noqa: S101  it is a pipe
        self._process.stdout.close()
        self._ended.set()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _environment(part: Part) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in part.withheld}
    return {**ours, **part.environment}


class Lines:
    """Bytes in, lines of text out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, block: bytes) -> Iterator[str]:
        """The lines that `block` completes. An empty one, the end, completes what there is."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        if not block or len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            if text := line.decode(errors="replace").rstrip():
                yield text

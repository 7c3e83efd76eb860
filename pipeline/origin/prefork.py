"""Several processes that do the same work, for as long as the one that started them lives."""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

AGAIN_SECONDS = 1.0
"""No process is started more often in the place of one that ended."""

_FORK = multiprocessing.get_context("fork")
_STOPPING = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)

Work = Callable[[socket.socket, int], None]
"""Is given a socket that listens, and a descriptor that reads as ended once it is time to stop."""


class Prefork:
    """`count` processes of `work` that share `listener`.

    They are forked, so that what is loaded before is in memory once; nothing may be open yet that cannot be
    shared, nor any thread run. They stop when a pipe is closed here, which it is however this process ends.
    """

    def __init__(self, work: Work, listener: socket.socket, count: int, stop_seconds: float) -> None:
        self._work = work
        self._listener = listener
        self._count = count
        self._stop_seconds = stop_seconds
        self._processes: list[ForkProcess] = []
        self._until, self._alive = os.pipe()
        self._woken, self._waking = socket.socketpair()

    def run(self) -> None:
        """Return after SIGINT or SIGTERM, once all have stopped or `stop_seconds` are over. Until then, one
        that ends is replaced."""
        self._waking.setblocking(False)
        signal.set_wakeup_fd(self._waking.fileno())
        for number in _STOPPING:
            signal.signal(number, lambda *_: None)
        self._processes = [self._start() for _ in range(self._count)]
        while self._woken not in wait([self._woken, *(process.sentinel for process in self._processes)]):
            self._replace()
        self._stop()

    def _start(self) -> ForkProcess:
        process = _FORK.Process(target=self._run_child)
        process.start()
        return process

    def _run_child(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in _STOPPING:
            signal.signal(number, signal.SIG_DFL)
        for end in (self._woken, self._waking):
            end.close()
        os.close(self._alive)
        self._work(self._listener, self._until)

    def _replace(self) -> None:
        ended = [process for process in self._processes if not process.is_alive()]
        for process in ended:
            log.error("a process of the origin ended, status %s; another follows", process.exitcode)
        if not wait([self._woken], AGAIN_SECONDS):
            self._processes = [self._start() if each in ended else each for each in self._processes]

    def _stop(self) -> None:
        # Whoever connects while the last answers go out should be refused and ask somebody else.
        self._listener.close()
        os.close(self._alive)
        deadline = time.monotonic() + self._stop_seconds
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()

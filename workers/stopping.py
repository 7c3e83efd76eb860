"""How the slots of a worker learn that it stops: a pipe that closes, be it on SIGTERM or with its process."""

import os
import select
from dataclasses import dataclass

CLOSED = select.POLLHUP | select.POLLIN | select.POLLERR


@dataclass(frozen=True)
class Stop:
    """The worker holds `write` open for as long as it takes work; its slots look at `read`."""

    read: int
    write: int
    worker: int

    @classmethod
    def make(cls) -> "Stop":
        return cls(*os.pipe(), worker=os.getpid())

    def in_slot(self) -> None:
        """In a slot's process: only the worker's own end may keep the pipe open."""
        os.close(self.write)

    def request(self) -> None:
        """In the worker's process."""
        os.close(self.write)

    def requested(self) -> bool:
        poll = select.poll()
        poll.register(self.read, CLOSED)
        return bool(poll.poll(0))

    def orphaned(self) -> bool:
        """Whether the worker's process is gone, so that nobody waits for its slots."""
        return os.getppid() != self.worker

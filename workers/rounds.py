"""Work in rounds, in a thread beside a keeper's chores."""

import threading
from abc import ABC, abstractmethod

LEAVING_SECONDS = 5.0


class Rounds(ABC):
    """Goes on from when it is started until it is closed."""

    def __init__(self, name: str) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def round(self) -> float:
        """Do what is due; the seconds until the next round."""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Wait for a moment for the round that is going on: what it leaves undone is due still."""
        self._over.set()
        self._thread.join(LEAVING_SECONDS)

    def _run(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            pause = self.round()

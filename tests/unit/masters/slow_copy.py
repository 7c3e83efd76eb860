"""`python -m tests.unit.masters.slow_copy STORAGE FOLDER KEY`: a process that is killed in a download.

It says `begun` once some bytes are there, and gets no more of them.
"""

import io
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from pipeline.masters.copies import Copies
from pipeline.storage.local import LocalStorage


class Stuck(io.BytesIO):
    """A download that stops after its first block."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            print("begun", flush=True)
            threading.Event().wait()
        return super().read(size)


class StuckStorage(LocalStorage):
    def ranged(self, key: str) -> BinaryIO:
        return Stuck(super().ranged(key).read())


if __name__ == "__main__":
    root, folder, key = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    with Copies(StuckStorage(root, root / "tmp"), folder, 1 << 20).of(key, lambda: None):
        pass

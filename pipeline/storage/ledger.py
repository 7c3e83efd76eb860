"""The ledger of an upload into a folder: which parts are on disk, and who may write them."""

import fcntl
import os
import threading
from contextlib import suppress
from pathlib import Path

import msgspec

from pipeline.codec import from_json, to_json
from pipeline.storage.durable import sync, write_at
from pipeline.storage.uploads import Part


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a ledger: what is being uploaded, in parts of how many bytes."""

    key: str
    part_size: int


class Ledger:
    """A file of JSON lines: the header, then a Part for each that is on disk, or the number of one that no
    longer is. Locked while it is open; the lock ends with the process that holds it, however that ends."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Takes over `descriptor`, the locked file at `path`."""
        lines = path.read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        self.header = from_json(whole[0], Header)
        self._descriptor = descriptor
        self._appending = threading.Lock()
        self._parts: dict[int, Part] = {}
        # A line that a crash cut off is written over.
        self._end = sum(map(len, whole))
        for line in whole[1:]:
            self._take(line)

    @classmethod
    def open(cls, path: Path) -> "Ledger":
        """Raises BlockingIOError where another has it open, FileNotFoundError where there is none."""
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Read through the path: whoever had the lock before may have ended the upload.
            return cls(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    def has(self, part: Part) -> bool:
        return self._parts.get(part.number) == part

    def add(self, part: Part) -> None:
        """Durable when this returns; the part must be so before."""
        with self._appending:
            self._append(part)
            self._parts[part.number] = part

    def forget(self, number: int) -> None:
        """Before the part is overwritten."""
        with self._appending:
            if self._parts.pop(number, None):
                self._append(number)

    def close(self) -> None:
        os.close(self._descriptor)

    def _append(self, record: Part | int) -> None:
        line = to_json(record) + b"\n"
        write_at(self._descriptor, line, self._end)
        os.fsync(self._descriptor)
        self._end += len(line)

    def _take(self, line: bytes) -> None:
        with suppress(msgspec.MsgspecError):  # A damaged line costs no more than sending its part again.
            record = msgspec.json.decode(line, type=Part | int)
            if isinstance(record, Part):
                self._parts[record.number] = record
            else:
                self._parts.pop(record, None)


def write_header(path: Path, header: Header) -> None:
    """A new ledger."""
    path.write_bytes(to_json(header) + b"\n")
    sync(path)


def read_header(path: Path) -> Header | None:
    """None where there is no ledger, or not any more."""
    with suppress(FileNotFoundError, NotADirectoryError, msgspec.MsgspecError), path.open("rb") as file:
        return from_json(file.readline(), Header)
    return None

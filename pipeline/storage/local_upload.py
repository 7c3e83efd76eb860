"""One upload into a folder: each part goes to its place in a growing file, which then becomes the object."""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import StorageError
from pipeline.storage.durable import explained, move, write_at
from pipeline.storage.ledger import Ledger
from pipeline.storage.uploads import Part, refuse_incomplete, refuse_other_parts

DATA, LEDGER = "data", "ledger"

BLOCK = 1 << 20
"""Bytes in memory at a time."""


class LocalUpload:
    """The upload in `folder` of what becomes `target`; `discard` removes the folder. Takes `ledger` over."""

    def __init__(self, folder: Path, target: Path, ledger: Ledger, discard: Callable[[], None]) -> None:
        self.key = ledger.header.key
        self.id = folder.name
        self._folder = folder
        self._target = target
        self._ledger = ledger
        self._discard = discard
        self._data = os.open(folder / DATA, os.O_RDWR)

    def put(self, part: Part, body: BinaryIO) -> None:
        if part.size > self._ledger.header.part_size:
            raise StorageError(f"part {part.number} of {self.key} is larger than the upload's parts are")
        with explained(f"cannot store part {part.number} of {self.key}"):
            self._refuse_ended()
            if self._ledger.has(part):
                return
            self._ledger.forget(part.number)
            self._write(part, body)
            os.fsync(self._data)
            self._ledger.add(part)

    def missing(self, parts: Sequence[Part]) -> list[Part]:
        return [part for part in parts if not self._ledger.has(part)]

    def complete(self, parts: Sequence[Part]) -> None:
        refuse_other_parts(self.key, self._ledger.header.part_size, parts)
        refuse_incomplete(self.key, parts, self.missing(parts))
        with explained(f"cannot store {self.key}"):
            self._refuse_ended()
            # A part that was refused may have reached beyond the end.
            os.ftruncate(self._data, sum(part.size for part in parts))
            os.fsync(self._data)
            move(self._folder / DATA, self._target)
        with suppress(OSError):  # The object is there; what is left beside it is found by its age.
            self._discard()

    def close(self) -> None:
        os.close(self._data)
        self._ledger.close()

    def _write(self, part: Part, body: BinaryIO) -> None:
        sha256 = hashlib.sha256()
        place = (part.number - 1) * self._ledger.header.part_size
        end = place + part.size
        while block := body.read(min(BLOCK, end - place)):
            sha256.update(block)
            write_at(self._data, block, place)
            place += len(block)
        if sha256.hexdigest() != part.sha256:
            raise StorageError(f"part {part.number} of {self.key} is not what was sent: its checksum differs")

    def _refuse_ended(self) -> None:
        if not (self._folder / LEDGER).exists():
            raise StorageError(f"the upload of {self.key} was completed or aborted by another")

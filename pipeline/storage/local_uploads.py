"""All uploads into a folder: `tmp/uploads/<id>/` below the root holds each one's file and ledger.

A part is in the ledger only once it is on disk, and the folder comes and goes by renaming, so that a crash
leaves an upload that can be resumed, or none. Completing renames the file: nothing is written twice.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from operator import attrgetter
from pathlib import Path

from pipeline.storage.base import checked_key
from pipeline.storage.durable import explained, make_folder, sync
from pipeline.storage.ledger import Header, Ledger, read_header, write_header
from pipeline.storage.local_upload import DATA, LEDGER, LocalUpload
from pipeline.storage.uploads import Unfinished


class LocalUploads:
    """The unfinished uploads below `root`; `scratch`, on the same disk, is where they come from and go to."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = root
        self._scratch = scratch
        self._folder = root / "tmp" / "uploads"

    def begin(self, key: str, part_size: int, sha256: str = "") -> LocalUpload:  # noqa: ARG002  for others
        header = Header(key=checked_key(key), part_size=part_size)
        with explained(f"cannot begin to store {key}"):
            # Another process that looks for one to resume may take it first.
            while not (upload := self._taken(self._made(header))):
                pass
            return upload

    def resume(self, key: str, part_size: int) -> LocalUpload | None:
        wanted = Header(key=checked_key(key), part_size=part_size)
        with explained(f"cannot go on storing {key}"):
            for found in sorted(self._all(), key=attrgetter("since"), reverse=True):
                folder = self._folder / found.id
                if read_header(folder / LEDGER) == wanted and (upload := self._taken(folder)):
                    return upload
        return None

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        below = f"{checked_key(prefix)}/"
        with explained(f"cannot look for uploads to {prefix}"):
            yield from (upload for upload in self._all() if upload.key.startswith(below))

    def abort(self, key: str, upload: str) -> None:
        wanted, folder = checked_key(key), self._folder / checked_key(upload)
        header = read_header(folder / LEDGER)
        if header and header.key == wanted:
            with explained(f"cannot remove what was uploaded of {key}"), suppress(FileNotFoundError):
                self._discard(folder)

    def _all(self) -> Iterator[Unfinished]:
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            header = read_header(folder / LEDGER)
            if header:
                with suppress(FileNotFoundError):
                    yield Unfinished(header.key, folder.name, (folder / LEDGER).stat().st_mtime)

    def _made(self, header: Header) -> Path:
        new = self._scratch / uuid.uuid4().hex
        try:
            new.mkdir(parents=True)
            (new / DATA).touch()
            write_header(new / LEDGER, header)
            sync(new)
            make_folder(self._folder)
            place = new.rename(self._folder / new.name)
            sync(self._folder)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        return place

    def _taken(self, folder: Path) -> LocalUpload | None:
        """The upload, unless another process has it, or it ended."""
        with suppress(BlockingIOError, FileNotFoundError):
            ledger = Ledger.open(folder / LEDGER)
            try:
                target = self._root / ledger.header.key
                return LocalUpload(folder, target, ledger, partial(self._discard, folder))
            except FileNotFoundError:
                ledger.close()
        return None

    def _discard(self, folder: Path) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        grave = folder.rename(self._scratch / uuid.uuid4().hex)
        shutil.rmtree(grave, ignore_errors=True)

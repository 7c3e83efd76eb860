"""The audit log: who was given which keys, who was not and why. Never a key, never a token."""

import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path

from pipeline.codec import to_json

log = logging.getLogger("telecine.audit")


def audit(event: str, decision: str, *, client: str, kids: Iterable[bytes] = (), **facts: str) -> None:
    """One JSON object, on one line whatever clients made up."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "event": event, "decision": decision, "client": client, **facts}
    log.info("%s", to_json(line | {"kids": [kid.hex() for kid in kids]}).decode())


class _PrivateFile(WatchedFileHandler):
    def _open(self) -> TextIOWrapper:
        """At the first line, and anew once the file was moved away: who serves no keys needs no file."""
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        file = super()._open()
        os.fchmod(file.fileno(), 0o600)
        return file


def write_audit(path: Path) -> None:
    """Have all be appended to a file of mode 0600. Several processes may: each line is one write. The file
    may be moved away at any time; where it cannot be written, lines go to stderr, with the reason."""
    log.addHandler(_PrivateFile(path, encoding="utf-8", delay=True))
    log.setLevel(logging.INFO)
    log.propagate = False

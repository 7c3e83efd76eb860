"""The one log of a site: what all its parts write, in a file that rotates and on the console."""

import logging
import re
import time
from collections.abc import Collection
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE_BYTES = 10_000_000
FILES_KEPT = 5

# Titles come from strangers; a terminal obeys what is in this range.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


class SiteLog:
    """`secrets` are not written, whoever mentions them."""

    def __init__(self, file: Path, secrets: Collection[str]) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._handlers = (
            _File(file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"),
            _Console(),
        )
        for handler in self._handlers:
            handler.setFormatter(_Lines(secrets))

    def of(self, part: str) -> logging.Logger:
        """Not one of logging's own tree, for it belongs to this log alone."""
        logger = logging.Logger(part)
        for handler in self._handlers:
            logger.addHandler(handler)
        return logger

    def close(self) -> None:
        for handler in self._handlers:
            handler.close()


class _Lines(logging.Formatter):
    """`2026-11-05T12:00:00.000Z worker-1  the line`"""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__("%(asctime)s %(name)-9s %(message)s")
        self.converter = time.gmtime
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        line = _CONTROL.sub(" ", super().format(record))
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


class _Unbreakable(logging.Handler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """A full disk or a closed terminal costs lines of the log, and nothing else."""


class _File(_Unbreakable, RotatingFileHandler):
    pass


class _Console(_Unbreakable, logging.StreamHandler):  # type: ignore[type-arg]
    pass

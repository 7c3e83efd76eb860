"""The log of a worker: one line an event, as text or as JSON, with the job and the step it is about."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import msgspec

_subject: ContextVar[dict[str, str]] = ContextVar("subject", default={})  # noqa: B039  replaced, never changed


@contextmanager
def about(**subject: str) -> Iterator[None]:
    """Everything logged inside is about this: `about(job=..., step=...)`."""
    token = _subject.set({**_subject.get(), **subject})
    try:
        yield
    finally:
        _subject.reset(token)


class Text(logging.Formatter):
    """`12:00:00 warning workers.slot job=... step=... what happened`"""

    def format(self, record: logging.LogRecord) -> str:
        told = (*(f"{key}={value}" for key, value in _subject.get().items()), record.getMessage())
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        line = f"{time} {record.levelname.lower()} {record.name} {' '.join(told)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class Json(logging.Formatter):
    """One object a line: `time` (ISO 8601, UTC), `level`, `logger`, `message`, `job`, `step`, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_subject.get(),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


def set_up() -> None:
    """Log to stderr; `TELECINE_LOG=json` for machines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if os.environ.get("TELECINE_LOG") == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # A line for every message received and every task that ended: ours say more.
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)

"""The log of a worker: one line an event, as text or as JSON, with the job and the step it is about."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import msgspec

_subject: ContextVar[dict[str, str]] = ContextVar("subject", default={})  # noqa: B039  replaced, never changed

SUBJECTS = ("job", "step")

# What encoders and receivers say is part of messages; a terminal obeys what is in this range, and a line of
# its own would be taken for one of ours.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


@contextmanager
def about(**subject: str) -> Iterator[None]:
    """Everything logged inside is about this: `about(job=..., step=...)`."""
    token = _subject.set({**_subject.get(), **subject})
    try:
        yield
    finally:
        _subject.reset(token)


def subject_of(record: logging.LogRecord) -> dict[str, str]:
    """What a record is about: by where it was logged, and by its `extra`."""
    said = {name: str(vars(record)[name]) for name in SUBJECTS if name in vars(record)}
    return {**_subject.get(), **said}


class Text(logging.Formatter):
    """`12:00:00 warning workers.slot job=... step=... what happened`, and a traceback below it, indented."""

    def format(self, record: logging.LogRecord) -> str:
        message = _CONTROL.sub(" ", record.getMessage())
        told = (*(f"{key}={value}" for key, value in subject_of(record).items()), message)
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        lines = [f"{time} {record.levelname.lower()} {record.name} {' '.join(told)}"]
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            lines += [f"    {_CONTROL.sub(' ', line)}" for line in trace]
        return "\n".join(lines)


class Json(logging.Formatter):
    """One object a line: `time` (ISO 8601, UTC), `level`, `logger`, `message`, `job`, `step`, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **subject_of(record),
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
    # A line for every message received and every task that ended: ours say more. And what Alembic can do.
    for name in ("celery.worker.strategy", "celery.app.trace", "alembic.runtime.plugins"):
        logging.getLogger(name).setLevel(logging.WARNING)

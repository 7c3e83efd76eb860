"""Steps without a message of their own, told to Flower as the tasks they would have been."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import uuid4

from kombu.exceptions import OperationalError
from redis import RedisError

from pipeline.catalog.records import Hint
from workers.app import app
from workers.messages import represented

log = logging.getLogger(__name__)


@contextmanager
def as_task(hostname: str, hint: Hint) -> Iterator[Callable[[str], None]]:
    """The task of `hint` as begun, and as done when its result was told to what this gives.

    `hostname` is that of the worker, as Celery names it. While the broker is away nobody sees anything, and
    nothing fails: the catalog has it all.
    """
    task, began = str(uuid4()), time.monotonic()
    about = {"args": represented(hint), "kwargs": "{}", "retries": 0, "eta": None, "expires": None}
    _tell(hostname, "task-received", uuid=task, name=hint.kind, root_id=task, parent_id=None, **about)
    _tell(hostname, "task-started", uuid=task)
    flush(hostname)

    def done(result: str) -> None:
        # It goes with the next that begins, or with the flush at the end of a turn.
        runtime = time.monotonic() - began
        _tell(hostname, "task-succeeded", uuid=task, runtime=runtime, result=repr(result))

    try:
        yield done
    except Exception as error:
        _tell(hostname, "task-failed", uuid=task, exception=repr(error), traceback="")
        flush(hostname)
        raise


def flush(hostname: str) -> None:
    """Tell what was not told yet."""
    _quietly(lambda: _dispatcher(hostname, os.getpid()).flush())


def _tell(hostname: str, event: str, **fields: Any) -> None:
    _quietly(lambda: _dispatcher(hostname, os.getpid()).send(event, **fields))


def _quietly(tell: Callable[[], None]) -> None:
    try:
        tell()
    except (OperationalError, RedisError, OSError) as error:
        # What it kept would grow for as long as the broker is away.
        _dispatcher.cache_clear()
        log.debug("not shown: %s", error)


@lru_cache(maxsize=1)
def _dispatcher(hostname: str, process: int) -> Any:  # noqa: ARG001  a connection is not shared with a fork
    connection = app.connection_for_write()
    return app.events.Dispatcher(
        connection, hostname=hostname, buffer_group=frozenset(("task",)), buffer_while_offline=False
    )

"""Steps without a message of their own, told to Flower as the tasks they would have been."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import uuid4

import pybreaker
from kombu.exceptions import OperationalError
from redis import RedisError

from pipeline.catalog.records import Hint
from workers.app import app
from workers.messages import breaker, represented

PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 2}
"""Seconds that a step waits at most to be shown."""

log = logging.getLogger(__name__)


@contextmanager
def as_task(hostname: str, hint: Hint) -> Iterator[Callable[[str], None]]:
    """The task of `hint` as begun, and as done when its result was told to what this gives.

    `hostname` is that of the worker, as Celery names it. While the broker is away nobody sees anything, and
    nothing fails: the catalog has it all.
    """
    task, began = str(uuid4()), time.monotonic()
    about = {"args": represented(hint), "kwargs": "{}", "retries": 0, "eta": None, "expires": None}
    tell = _dispatcher(hostname).send
    tell("task-received", uuid=task, name=hint.kind, root_id=task, parent_id=None, **about)
    tell("task-started", uuid=task)
    flush(hostname)

    def done(result: str) -> None:
        # It goes with the next that begins, or with the flush at the end of a turn.
        runtime = time.monotonic() - began
        tell("task-succeeded", uuid=task, runtime=runtime, result=repr(result))

    try:
        yield done
    except Exception as error:
        tell("task-failed", uuid=task, exception=repr(error), traceback="")
        flush(hostname)
        raise


def flush(hostname: str) -> None:
    """Tell what was not told yet."""
    try:
        breaker.call(_flush, _dispatcher(hostname))
    except (OperationalError, pybreaker.CircuitBreakerError) as error:
        # What it kept would grow for as long as the broker is away.
        _dispatcher.cache_clear()
        log.debug("not shown: %s", error)


def _flush(events: Any) -> None:
    try:
        events.flush()
    except (RedisError, OSError) as error:
        events.connection.collect()
        raise OperationalError(str(error)) from error


@lru_cache(maxsize=1)
def _dispatcher(hostname: str) -> Any:
    connection = app.connection_for_write()
    connection.transport_options = {**(connection.transport_options or {}), **PATIENCE}
    # Nothing is sent before it is flushed.
    return app.events.Dispatcher(
        connection,
        hostname=hostname,
        buffer_group=frozenset(("task",)),
        buffer_limit=sys.maxsize,
        buffer_while_offline=False,
    )

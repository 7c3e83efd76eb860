"""Steps without a message of their own, told to Flower as the tasks they would have been."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import uuid4

from kombu.exceptions import OperationalError

from pipeline.catalog.records import Hint
from workers.app import app
from workers.messages import represented

log = logging.getLogger(__name__)


@contextmanager
def shown(hostname: str, hint: Hint) -> Iterator[Callable[[str], None]]:
    """The task of `hint` as begun, and as done when its result was told to what this gives."""
    events, task = _dispatcher(hostname, os.getpid()), str(uuid4())
    began = time.monotonic()
    about = {"args": represented(hint), "kwargs": "{}", "retries": 0, "eta": None, "expires": None}
    events.send("task-received", uuid=task, name=hint.kind, root_id=task, parent_id=None, **about)
    events.send("task-started", uuid=task)
    flush(hostname)

    def done(result: str) -> None:
        # It goes with the next that begins, or with the flush at the end of a turn.
        events.send("task-succeeded", uuid=task, runtime=time.monotonic() - began, result=repr(result))

    yield done


def flush(hostname: str) -> None:
    """Tell what was not told yet. While the broker is away, nobody sees it; the catalog has it all."""
    try:
        _dispatcher(hostname, os.getpid()).flush()
    except (OperationalError, OSError) as error:
        log.debug("not shown: %s", error)


@cache
def _dispatcher(hostname: str, process: int) -> Any:  # noqa: ARG001  a connection is not shared with a fork
    connection = app.connection_for_write()
    return app.events.Dispatcher(
        connection, hostname=hostname, buffer_group=frozenset(("task",)), buffer_while_offline=False
    )

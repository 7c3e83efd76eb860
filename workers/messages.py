"""Hints of the catalog to messages in the broker."""

import logging
from collections.abc import Iterable
from math import ceil
from typing import Any

import pybreaker
from celery import Task  # noqa: TC002  evaluated by Celery
from kombu.exceptions import OperationalError

from pipeline.catalog.records import PRIORITIES, Hint, QueueName
from workers.app import app

GRACE = 60
"""Seconds after a step's own limit, which ends it in an orderly way, until Celery kills its process."""

log = logging.getLogger(__name__)

breaker = pybreaker.CircuitBreaker(
    fail_max=1,
    reset_timeout=5,
    name="broker",
    exclude=[lambda error: not isinstance(error, OperationalError)],
)
"""While the broker is away, no step that ends waits for it: the reconciler announces what it released."""


def send(hints: Iterable[Hint]) -> None:
    """Tell the workers. A hint that cannot be sent is only logged: the catalog has the step, and the
    reconciler sends it later."""
    for hint in hints:
        try:
            breaker.call(_send, hint)
        except (OperationalError, pybreaker.CircuitBreakerError) as error:
            log.warning("not announced, the broker is away: %s of %s: %s", hint.name, hint.title, error)


def _send(hint: Hint) -> None:
    app.send_task(
        hint.kind,
        args=(hint.step,),
        argsrepr=represented(hint),
        queue=hint.queue,
        # Redis takes the lowest number first.
        priority=PRIORITIES[-1] - hint.priority,
        time_limit=time_limit(hint.seconds),
        retry=False,
    )


def represented(hint: Hint) -> str:
    """The arguments of a step's task, for people."""
    return f"({hint.title!r}, {described(hint.name)!r})"


def time_limit(seconds: float) -> int:
    """When Celery kills the process of a step that has so many seconds."""
    return ceil(seconds) + GRACE


def is_empty(queue: QueueName) -> bool:
    """Whether no message waits there; of a broker that is away, nothing is known."""
    try:
        return breaker.call(_count, queue) == 0
    except (OperationalError, pybreaker.CircuitBreakerError):
        return False


def _count(queue: QueueName) -> int:
    with app.connection_for_read() as connection:
        try:
            channel: Any = connection.default_channel
            declared = channel.queue_declare(queue, passive=True)
        except connection.channel_errors:  # In Redis, a queue without messages is none.
            return 0
        return int(declared.message_count)


def send_again(task: "Task[..., str]") -> None:
    """Put the message that is being worked on back into its queue, behind the others of its priority."""
    request: Any = task.request
    app.send_task(
        task.name,
        args=request.args,
        argsrepr=request.argsrepr,
        queue=request.delivery_info["routing_key"],
        priority=request.delivery_info["priority"],
        time_limit=(request.timelimit or (None,))[0],
        retry=False,
    )


def described(name: str) -> str:
    """A step's name for people: `encode:h264:0003` becomes `h264, chunk 3`."""
    kind, _, of = name.partition(":")
    thing, _, number = of.rpartition(":")
    if not (thing and number.isdigit()):
        return of or name
    return f"{thing}, {'chunk' if kind == 'encode' else 'part'} {int(number)}"

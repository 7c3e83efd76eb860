"""Celery's events, which Flower takes its view from."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis
from celery import Celery

from tests.support.waiting import wait_until


@contextmanager
def heard(broker: str, events: list[dict[str, Any]]) -> Iterator[None]:
    """What Celery's workers tell of tasks meanwhile."""
    over = threading.Event()

    def hear(event: dict[str, Any]) -> None:
        if event["type"].startswith("task-"):
            events.append(event)

    def listen() -> None:
        with Celery(broker=broker) as app, app.connection_for_read() as connection:
            receiver = app.events.Receiver(connection, handlers={"*": hear})
            while not over.is_set():
                with suppress(TimeoutError):
                    receiver.capture(limit=None, timeout=0.5)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        with redis.Redis.from_url(broker) as client:
            wait_until(lambda: client.pubsub_numpat() > 0, 20)
        yield
    finally:
        over.set()
        thread.join()


def tasks_of(events: list[dict[str, Any]], kind: str) -> Counter[tuple[str, str]]:
    """Names and arguments of the tasks that events of that kind are about."""
    tasks = {event["uuid"]: (event["name"], event["args"]) for event in events if "name" in event}
    return Counter(tasks[event["uuid"]] for event in events if event["type"] == kind)

"""What Flower is told of steps that have no message, and what becomes of it without a broker."""

import signal
from typing import Any

import pybreaker
import pytest

from pipeline.catalog.records import Hint
from tests.support.broker import Broker
from tests.support.celery_events import heard, tasks_of
from tests.support.waiting import wait_until
from workers import shown
from workers.messages import breaker

HINT = Hint(7, "package", "io", 5, "film", "package:video/h264-360:0003", 0, 60.0, 5)
TASK = ("package", "('film', 'video/h264-360, part 3')")


def do(result: str) -> None:
    with shown.as_task("worker@here", HINT) as done:
        done(result)


def test_a_step_is_told_as_a_task(broker: Broker) -> None:
    events: list[dict[str, Any]] = []
    with heard(broker.url, events):
        do("done in 0.1 s")
        shown.flush("worker@here")
        wait_until(lambda: len(events) == 3, 20)
    assert [event["type"] for event in events] == ["task-received", "task-started", "task-succeeded"]
    assert {event["hostname"] for event in events} == {"worker@here"}
    assert tasks_of(events, "task-succeeded") == {TASK: 1}
    assert events[2]["result"] == "'done in 0.1 s'"


def test_a_step_that_raises_is_told_as_failed(broker: Broker) -> None:
    events: list[dict[str, Any]] = []
    with heard(broker.url, events):
        with pytest.raises(ValueError, match="broken"), shown.as_task("worker@here", HINT):
            raise ValueError("broken")
        wait_until(lambda: len(events) == 3, 20)
    assert (events[2]["type"], events[2]["exception"]) == ("task-failed", "ValueError('broken')")


def test_a_broker_that_is_away_holds_nothing_up_and_is_told_again_later(broker: Broker) -> None:
    do("before")
    broker.kill()
    for _ in range(30):
        do("unseen")
    broker.start()
    breaker.close()
    events: list[dict[str, Any]] = []
    with heard(broker.url, events):
        do("after")
        shown.flush("worker@here")
        wait_until(lambda: len(events) >= 3, 20)
    ended = [event["result"] for event in events if event["type"] == "task-succeeded"]
    assert ended == ["'after'"]


def test_a_broker_that_hangs_holds_up_one_step_for_a_moment(broker: Broker) -> None:
    assert broker.process
    do("before")
    shown.flush("worker@here")
    broker.process.send_signal(signal.SIGSTOP)
    do("unseen")
    broker.process.send_signal(signal.SIGCONT)
    # Those after it do not even ask.
    assert breaker.current_state == pybreaker.STATE_OPEN

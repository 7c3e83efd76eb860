"""What a slot keeps for itself of what workers are to be told."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.catalog.records import Hint, QueueName
from workers import turn
from workers.turn import Turn


def hint(step: int, queue: QueueName = "io", **changes: Any) -> Hint:
    return replace(Hint(step, "package", queue, 5, "film", f"package:{step}", 0, 60.0, 5), **changes)


def turn_of(limit: float | None = 120.0, *, stopping: bool = False) -> Turn:
    return Turn("io", limit, lambda: stopping)


def test_the_first_that_fits_is_kept_and_all_others_are_sent() -> None:
    here = turn_of()
    hints = [hint(1, "cpu"), hint(2), hint(3)]
    assert here.keep(hints) == [hint(1, "cpu"), hint(3)]
    assert list(here) == [hint(2)]
    assert list(here) == []


def test_each_step_may_keep_the_next() -> None:
    here = turn_of()
    here.keep([hint(0)])
    done = []
    for kept in here:
        done.append(kept.step)
        if kept.step < 3:
            assert here.keep([hint(kept.step + 1)]) == []
    assert done == [0, 1, 2, 3]


def test_a_step_that_may_take_longer_than_the_message_gets_one_of_its_own() -> None:
    """Celery kills the process 60 seconds after a step should have ended by itself."""
    assert turn_of(120.0).keep([hint(1, seconds=60.5)]) == [hint(1, seconds=60.5)]
    assert turn_of(121.0).keep([hint(1, seconds=60.5)]) == []
    assert turn_of(None).keep([hint(1, seconds=9e9)]) == []


def test_what_is_less_urgent_than_something_else_that_waits_gets_a_message() -> None:
    """Whether that has its message since before, or gets it now, in whatever queue."""
    assert turn_of().keep([hint(1, highest=6)]) == [hint(1, highest=6)]
    urgent = [hint(1, "cpu", priority=6, highest=6), hint(2, highest=6)]
    assert turn_of().keep(urgent) == urgent
    assert turn_of().keep([hint(1, priority=6, highest=6), hint(2, highest=6)]) == [hint(2, highest=6)]


def test_a_turn_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "SECONDS", 0.0)
    here = turn_of()
    assert here.queue is None
    assert here.keep([hint(1)]) == [hint(1)]
    assert list(here) == []


def test_nothing_is_kept_by_a_worker_that_stops() -> None:
    here = turn_of(stopping=True)
    assert here.queue is None
    assert here.keep([hint(1)]) == [hint(1)]


def test_one_more_step_is_wanted_of_the_messages_queue() -> None:
    assert turn_of().queue == "io"

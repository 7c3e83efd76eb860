"""What a slot does after a message's step, with a catalog, a broker and steps that do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pybreaker
import pytest
import redis

from pipeline.catalog.records import Hint, Lease, Needs, NewJob, Room, StepSpec, WorkerRecord
from pipeline.codec import to_json
from pipeline.settings import Settings
from pipeline.stages.context import Outcome
from pipeline.stages.registry import STAGES
from tests.support.broker import Broker
from tests.support.catalogs import step_states
from tests.unit.stages.plans import job
from workers import slot, turn
from workers.app import app
from workers.messages import breaker
from workers.stopping import Stop
from workers.tasks import go_on
from workers.turn import Turn

WORKER = WorkerRecord("worker", "here", ("cpu",), slots=2, threads=2, memory=10**9)
ROOM = Room("worker", threads=2, memory=10**9)
STEPS = [StepSpec(f"noop:{n:02d}", "noop", b"null", needs=Needs("cpu", threads=2)) for n in range(40)]
"""Each takes all of the worker's room."""


@dataclass(frozen=True)
class Here:
    """This process as a slot, and the hints of a job, of whose 40 steps 20 are announced."""

    slot: slot.Slot
    hints: list[Hint]
    client: "redis.Redis"

    def turn(self) -> Turn:
        """One that keeps the first hint."""
        kept = Turn("cpu", None, self.slot.stop.requested)
        assert kept.keep(self.hints[:1]) == []
        return kept

    def states(self) -> dict[str, int]:
        return step_states(self.slot.site.catalog, "job")

    def messages(self) -> int:
        return sum(int(self.client.llen(key)) for key in self.client.keys("cpu*"))  # type: ignore[arg-type]


@pytest.fixture
def here(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    with redis.Redis.from_url(broker.url) as client:
        monkeypatch.setattr(turn, "SECONDS", 60.0)
        monkeypatch.setenv("TELECINE_ROOT", str(tmp_path / "site"))
        monkeypatch.setitem(STAGES, "noop", lambda _context, _lease: Outcome())  # type: ignore[arg-type]
        app.task(name="noop")(lambda step: None)
        here = slot.Place(Settings.load(), WORKER, Stop.make()).opened()
        monkeypatch.setattr(slot, "_slot", here)
        monkeypatch.setattr(slot, "_place", slot.Place(here.site.settings, WORKER, here.stop))
        hints = here.site.catalog.jobs.open(NewJob("job", "film", to_json(job()), STEPS, cluster=True))
        yield Here(here, hints, client)
        here.site.catalog.close()


def test_steps_that_have_no_message_are_done_one_after_another(here: Here) -> None:
    assert len(here.hints) == 20
    go_on(here.turn(), "worker@here")
    assert here.states() == {"done": 21, "ready": 19}
    assert here.messages() == 0


def test_a_step_for_which_there_is_no_room_gets_a_message(here: Here) -> None:
    held = here.slot.site.catalog.steps.claim(here.hints[1].step, "here.1.1", ROOM)
    assert isinstance(held, Lease)
    go_on(here.turn(), "worker@here")
    assert here.states() == {"ready": 39, "running": 1}
    assert here.messages() == 1


def test_a_worker_that_stops_begins_nothing_more(here: Here) -> None:
    kept = here.turn()
    here.slot.stop.request()
    go_on(kept, "worker@here")
    assert here.states() == {"done": 1, "ready": 39}
    # It is told of what the step released, as ever.
    assert here.messages() == 1


def test_a_turn_without_anything_to_tell_proves_nothing_about_the_broker(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "_reset_timeout", 0)
    breaker.open()
    go_on(Turn("cpu", None, here.slot.stop.requested), "worker@here")
    assert breaker.current_state == pybreaker.STATE_OPEN

"""What webhooks are to tell: recorded with the end of a job, told at least once."""

import json

from filming import Clock, claim, film, separate

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import EventRecord, Failure


def publish(catalog: Catalog, job: str, event: bytes) -> None:
    """A job of one step, done."""
    film(catalog, separate(1), name=job, cluster=True)
    catalog.steps.finish(claim(catalog, "step:1", job=job), b"", event=event)


def due(catalog: Catalog) -> list[bytes]:
    return [event.body for event in catalog.events.due(9)]


def test_the_step_that_publishes_brings_its_event(catalog: Catalog, clock: Clock) -> None:
    publish(catalog, "film", b"published")
    (event,) = catalog.events.due(9)
    assert event == EventRecord(event.id, "film", at=clock.now, body=b"published", tries=0)
    assert catalog.events.after("film", 0) == [event]


def test_other_steps_bring_none(catalog: Catalog) -> None:
    film(catalog, separate(1), cluster=True)
    catalog.steps.finish(claim(catalog, "step:1"), b"")
    assert due(catalog) == []


def test_a_failure_is_told_once_a_job(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), cluster=True)
    leases = [claim(catalog, name) for name in ("step:1", "step:2")]
    for lease, message in zip(leases, ("no frames", "no sound"), strict=True):
        catalog.steps.fail(lease, Failure(message, "EncodeError"))
    (body,) = due(catalog)
    assert json.loads(body) == {
        "event": "failed", "error": "EncodeError", "message": "no frames", "exit_code": 4,
    }  # fmt: skip
    record = catalog.jobs.get("film")
    assert record is not None
    assert (record.state, record.error) == ("failed", "no frames")


def test_a_job_that_fails_again_is_told_again(catalog: Catalog) -> None:
    film(catalog, separate(1), cluster=True)
    for _ in range(2):
        catalog.steps.fail(claim(catalog, "step:1"), Failure("no frames"))
        catalog.jobs.retry("film")
    assert len(due(catalog)) == 2


def test_a_parked_step_is_told(catalog: Catalog) -> None:
    film(catalog, separate(1), cluster=True)
    for _ in range(2):
        claim(catalog, "step:1", owner="m.2.2")
        catalog.queue.take_back(lambda owner: owner == "m.2.2", "m")
    (body,) = due(catalog)
    assert json.loads(body)["error"] == "TelecineError"
    assert "ended without a word" in json.loads(body)["message"]


def test_a_job_of_one_process_has_nobody_to_tell(catalog: Catalog) -> None:
    film(catalog, separate(1))
    catalog.steps.fail(claim(catalog, "step:1"), Failure("no frames"))
    assert due(catalog) == []


def test_what_nobody_tried_to_tell_lapses(catalog: Catalog, clock: Clock) -> None:
    for job in ("tried", "untried"):
        publish(catalog, job, job.encode())
    clock.now += 50
    catalog.events.postpone(catalog.events.due(1)[0].id, 10)
    clock.now += 50
    publish(catalog, "new", b"new")
    catalog.events.lapse(101)
    assert due(catalog) == [b"untried", b"tried", b"new"]
    catalog.events.lapse(99)
    assert due(catalog) == [b"tried", b"new"]

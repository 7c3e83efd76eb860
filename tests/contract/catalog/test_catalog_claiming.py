"""Claiming one step, as workers do that were told of it: where it may begin, and where there is room."""

import pytest
from filming import PLAN, ROOM, Clock, claim, encode, film, finish, outcomes, separate, states, step_id, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, Needs, Refusal, Room


def refusal(catalog: Catalog, name: str, room: Room = ROOM) -> object:
    """Why the step is not claimed."""
    return catalog.steps.claim(step_id(catalog, name), "process", room)


def test_a_step_is_claimed_for_a_process_of_a_worker(catalog: Catalog) -> None:
    film(catalog, PLAN, separate(1, Needs("io", seconds=90.0)))
    lease = claim(catalog, "step:1", owner="process")
    assert (lease.name, lease.owner, lease.worker, lease.seconds) == ("step:1", "process", "worker", 90.0)
    assert states(catalog) == {"plan": "ready", "step:1": "running"}
    assert outcomes(catalog) == [("step:1", 1, "process", None)]


def test_what_is_only_stored_leaves_its_room_to_others(catalog: Catalog, clock: Clock) -> None:
    film(catalog, *(separate(number, Needs("cpu", threads=8)) for number in (1, 2, 3)))
    first = claim(catalog, "step:1")
    catalog.steps.storing(first)
    second = claim(catalog, "step:2")
    assert refusal(catalog, "step:3") is Refusal.NO_ROOM
    catalog.steps.finish(first, b"")
    catalog.steps.storing(second)
    catalog.steps.give_back(second)
    claim(catalog, "step:2")
    assert refusal(catalog, "step:3") is Refusal.NO_ROOM


def test_who_has_lost_a_step_leaves_no_room(catalog: Catalog, clock: Clock) -> None:
    film(catalog, *(separate(number, Needs("cpu", threads=8)) for number in (1, 2)))
    lost = claim(catalog, "step:1")
    catalog.steps.give_back(lost)
    claim(catalog, "step:1")
    catalog.steps.storing(lost)
    assert refusal(catalog, "step:2") is Refusal.NO_ROOM


def test_what_is_not_ready_is_gone(catalog: Catalog) -> None:
    film(catalog, PLAN, encode(1), separate(1), separate(2))
    assert refusal(catalog, "encode:1") is Refusal.GONE
    claim(catalog, "step:1")
    assert refusal(catalog, "step:1") is Refusal.GONE
    finish(catalog, "plan")
    assert refusal(catalog, "plan") is Refusal.GONE
    catalog.steps.fail(claim(catalog, "step:2"), Failure("broken"))
    assert refusal(catalog, "step:2") is Refusal.GONE
    assert refusal(catalog, "encode:1") is Refusal.GONE
    assert catalog.steps.claim(12345, "process", ROOM) is Refusal.GONE


def test_a_cancelled_job_s_steps_are_gone(catalog: Catalog) -> None:
    film(catalog)
    catalog.jobs.cancel("film")
    assert refusal(catalog, "plan") is Refusal.GONE


def test_a_step_is_gone_until_it_is_due(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    catalog.steps.put_off(claim(catalog, "plan"), Failure("busy"), delay=10.0)
    clock.now += 9
    assert refusal(catalog, "plan") is Refusal.GONE
    clock.now += 1
    assert claim(catalog, "plan").failures == 1


def test_an_expired_lease_is_not_taken_over_before_it_is_taken_back(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    claim(catalog, "plan", owner="one")
    clock.now += 3600
    assert refusal(catalog, "plan") is Refusal.GONE


@pytest.mark.parametrize("needs", [Needs("cpu", threads=3), Needs("cpu", memory=3_000)], ids=str)
def test_steps_run_side_by_side_as_long_as_there_is_room(catalog: Catalog, needs: Needs) -> None:
    film(catalog, *(separate(number, needs) for number in (1, 2, 3)))
    first = claim(catalog, "step:1")
    claim(catalog, "step:2")
    assert refusal(catalog, "step:3") is Refusal.NO_ROOM
    catalog.steps.finish(first, b"")
    claim(catalog, "step:3")


def test_room_is_filled_to_the_last(catalog: Catalog) -> None:
    half = Needs("cpu", threads=4, memory=4_000)
    film(catalog, separate(1, half), separate(2, half), separate(3, Needs("cpu", threads=1)))
    claim(catalog, "step:1")
    claim(catalog, "step:2")
    assert refusal(catalog, "step:3") is Refusal.NO_ROOM


def test_a_step_that_needs_no_room_always_has_it(catalog: Catalog) -> None:
    film(catalog, separate(1, Needs("cpu", threads=8, memory=8_000)), separate(2, Needs("control")))
    claim(catalog, "step:1")
    claim(catalog, "step:2")


def test_a_step_larger_than_all_room_runs_alone(catalog: Catalog) -> None:
    film(catalog, separate(1, Needs("cpu", threads=1)), separate(2, Needs("cpu", memory=9_000)), PLAN)
    small = claim(catalog, "step:1")
    assert refusal(catalog, "step:2") is Refusal.NO_ROOM
    catalog.steps.give_back(small)
    claim(catalog, "plan")
    claim(catalog, "step:2")
    assert refusal(catalog, "step:1") is Refusal.NO_ROOM


def test_workers_do_not_take_each_other_s_room(catalog: Catalog) -> None:
    whole = Needs("cpu", threads=8)
    film(catalog, separate(1, whole), separate(2, whole))
    claim(catalog, "step:1", room=Room("worker", 8, 8_000))
    assert refusal(catalog, "step:2", Room("worker", 8, 8_000)) is Refusal.NO_ROOM
    claim(catalog, "step:2", room=Room("other", 8, 8_000))


def test_room_is_counted_over_all_jobs_and_given_back_by_the_lost(catalog: Catalog, clock: Clock) -> None:
    whole = Needs("cpu", threads=8)
    film(catalog, separate(1, whole))
    film(catalog, separate(1, whole), name="other")
    claim(catalog, "step:1", job="other")
    assert refusal(catalog, "step:1") is Refusal.NO_ROOM
    clock.now += 3600
    catalog.queue.take_expired()
    claim(catalog, "step:1")


def test_who_runs_a_job_by_himself_asks_for_no_room(catalog: Catalog) -> None:
    whole = Needs("cpu", threads=8)
    film(catalog, separate(1, whole), separate(2, whole))
    take(catalog, "step:1", owner="one")
    take(catalog, "step:2", owner="one")

"""Holders that are lost: what they held begins again, or is parked where that happens too often."""

from collections.abc import Callable

import pytest
from filming import ROOM, Clock, claim, film, outcomes, separate, states, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.losses import KILLS, LOSSES
from pipeline.catalog.records import LEASE_SECONDS, Cost, Failure, Lease, Refusal, Room, TakenBack
from pipeline.errors import StaleLeaseError

HERE = Room("host.1.1", threads=8, memory=8_000)
"""Of a worker of the machine `host`."""


def dead(*owners: str) -> Callable[[str], bool]:
    return owners.__contains__


def test_only_what_the_dead_of_this_machine_hold_is_taken_back(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), separate(3))
    lost = claim(catalog, "step:1", owner="host.2.2", room=HERE)
    living = claim(catalog, "step:2", owner="host.3.3", room=HERE)
    claim(catalog, "step:3", owner="hostess.2.2", room=ROOM)
    taken = catalog.queue.take_back(dead("host.2.2", "hostess.2.2"), "host")
    assert taken == [TakenBack(lost.step, "film", "step:1", "killed", parked=False)]
    assert states(catalog) == {"step:1": "ready", "step:2": "running", "step:3": "running"}
    with pytest.raises(StaleLeaseError):
        catalog.steps.finish(lost, b"from the grave")
    catalog.steps.finish(living, b"")
    assert claim(catalog, "step:1").attempt == 2


@pytest.mark.parametrize(
    ("gone", "outcome"), [(("host.2.2",), "killed"), (("host.2.2", "host.1.1"), "lost")], ids=["kill", "loss"]
)
def test_a_process_was_killed_if_its_worker_lives(
    catalog: Catalog, gone: tuple[str, ...], outcome: str
) -> None:
    film(catalog)
    claim(catalog, "plan", owner="host.2.2", room=HERE)
    (taken,) = catalog.queue.take_back(dead(*gone), "host")
    assert taken.outcome == outcome
    (attempt,) = catalog.steps.attempts("film")
    assert attempt.outcome == outcome


def test_one_that_works_by_itself_is_lost_with_all_it_held(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2))
    film(catalog, name="other")
    for job, step in (("other", "plan"), ("film", "step:1"), ("film", "step:2")):
        take(catalog, step, owner="host.2.2", job=job)
    taken = catalog.queue.take_back(dead("host.2.2"), "host")
    assert [(back.job, back.name, back.outcome) for back in taken] == [
        ("film", "step:1", "lost"),
        ("film", "step:2", "lost"),
        ("other", "plan", "lost"),
    ]
    job = catalog.jobs.get("film")
    assert job is not None
    assert job.lost == 2


def test_expired_leases_are_taken_back(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), separate(2))
    expiring, renewed = claim(catalog, "step:1"), claim(catalog, "step:2")
    clock.now += LEASE_SECONDS
    assert catalog.queue.take_expired() == []
    catalog.steps.renew([renewed])
    clock.now += 1
    taken = catalog.queue.take_expired()
    assert taken == [TakenBack(expiring.step, "film", "step:1", "lost", parked=False)]
    assert states(catalog) == {"step:1": "ready", "step:2": "running"}
    assert catalog.queue.take_expired() == []


def test_what_was_renewed_after_its_holder_was_judged_stays_his(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    lease = claim(catalog, "plan", owner="host.2.2", room=HERE)

    def dies_a_moment_later(owner: str) -> bool:
        clock.now += 1
        catalog.steps.renew([lease])
        return True

    assert catalog.queue.take_back(dies_a_moment_later, "host") == []
    assert states(catalog) == {"plan": "running"}


def lose(catalog: Catalog, clock: Clock, name: str = "plan") -> TakenBack:
    lease = claim(catalog, name)
    clock.now += LEASE_SECONDS + 1
    (taken,) = catalog.queue.take_expired()
    assert taken.step == lease.step
    return taken


def kill(catalog: Catalog, name: str = "plan") -> TakenBack:
    claim(catalog, name, owner="host.2.2", room=HERE)
    (taken,) = catalog.queue.take_back(dead("host.2.2"), "host")
    return taken


def test_a_step_that_ends_its_process_again_is_parked_with_evidence(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2))
    assert KILLS == 2
    assert not kill(catalog, "step:1").parked
    assert kill(catalog, "step:1").parked
    assert states(catalog) == {"step:1": "parked", "step:2": "stopped"}
    told = (
        "attempts 1, 2 of step:1 ended so: the process that ran it ended without a word; "
        "it is not tried again until the job is retried"
    )
    assert catalog.steps.of("film")[0].error == told
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.error, job.lost) == ("failed", told, 2)
    assert outcomes(catalog) == [("step:1", 1, "host.2.2", "killed"), ("step:1", 2, "host.2.2", "killed")]
    assert {tried.error for tried in catalog.steps.attempts("film")} == {
        "the process that ran it ended without a word"
    }
    assert catalog.steps.claim(catalog.steps.of("film")[0].id, "p", ROOM) is Refusal.GONE


def test_a_step_lost_with_many_workers_is_parked(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    assert LOSSES == 5
    assert [lose(catalog, clock).parked for _ in range(5)] == [False, False, False, False, True]
    assert states(catalog) == {"plan": "parked"}
    job = catalog.jobs.get("film")
    assert job is not None
    assert str(job.error).startswith("attempts 1, 2, 3, 4, 5 of plan ended so: its worker ended")


def test_losses_and_kills_are_counted_apart(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    for _ in range(LOSSES - 1):
        lose(catalog, clock)
    assert not kill(catalog).parked
    assert kill(catalog).parked


def test_the_next_to_help_parks_what_was_lost_too_often(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    for number in range(LOSSES):
        take(catalog, "plan", owner=f"process {number}")
        clock.now += LEASE_SECONDS + 1
    assert catalog.steps.claim_next("film", "one more") is None
    assert states(catalog) == {"plan": "parked"}


def test_retrying_forgives(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    for _ in range(KILLS):
        kill(catalog)
    catalog.jobs.retry("film")
    assert states(catalog) == {"plan": "ready"}
    assert not kill(catalog).parked
    for _ in range(LOSSES - 1):
        assert not lose(catalog, clock).parked
    lease = claim(catalog, "plan")
    assert (lease.attempt, lease.failures) == (8, 0)
    catalog.steps.finish(lease, b"", cost=Cost())
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.error) == ("done", None)


def test_what_was_lost_after_its_job_failed_is_stopped(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2))
    failing: Lease = claim(catalog, "step:1")
    claim(catalog, "step:2", owner="host.2.2", room=HERE)
    catalog.steps.fail(failing, Failure("no picture"))
    catalog.queue.take_back(dead("host.2.2"), "host")
    assert states(catalog) == {"step:1": "failed", "step:2": "stopped"}

"""Jobs: opened once, ended by their steps, by a failure or by a user, continued where they ended."""

import pytest
from filming import PLAN, Clock, encode, film, finish, outcomes, separate, states, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Cost, Failure, JobRecord, NewJob, StepRecord
from pipeline.errors import StaleLeaseError


def test_a_job_is_recorded_with_its_first_steps(catalog: Catalog) -> None:
    assert catalog.jobs.get("film") is None
    catalog.jobs.open(NewJob("film", "the-film", b"spec", [PLAN, encode(1)], priority=7, cluster=True))
    assert catalog.jobs.get("film") == JobRecord(
        id="film",
        title="the-film",
        spec=b"spec",
        state="running",
        priority=7,
        cluster=True,
        created=1_000_000.0,
        ended=None,
        error=None,
        total=2,
        done=0,
        retries=0,
        lost=0,
        frames=0,
        cpu=0.0,
        size=0,
    )
    plan, waiting = catalog.steps.of("film")
    assert plan == StepRecord(plan.id, "plan", "plan", "ready", 0, None, None, None, 1_000_000.0)
    assert (waiting.name, waiting.kind, waiting.state) == ("encode:1", "encode", "waiting")


def test_opening_a_job_again_changes_nothing(catalog: Catalog) -> None:
    film(catalog)
    finish(catalog, "plan", then=[encode(1)])
    assert catalog.jobs.open(NewJob("film", "other", b"other", [PLAN], priority=9, cluster=True)) == []
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.title, job.spec, job.priority, job.cluster) == ("the-film", b"spec", 5, False)
    assert states(catalog) == {"plan": "done", "encode:1": "ready"}


@pytest.mark.parametrize("priority", [-1, 10])
def test_a_priority_is_one_digit(priority: int) -> None:
    with pytest.raises(ValueError, match=f"priority {priority} is not between 0 and 9"):
        NewJob("film", "the-film", b"", [], priority)


def test_a_job_is_done_with_its_last_step(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    finish(catalog, "plan", then=[encode(1), encode(2)])
    clock.now += 60
    finish(catalog, "encode:1")
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.ended, job.done, job.total) == ("running", None, 2, 3)
    finish(catalog, "encode:2")
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.ended, job.done, job.total) == ("done", 1_000_060.0, 3, 3)


def test_a_job_counts_what_its_steps_cost_but_not_what_was_found_made(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), separate(3))
    catalog.steps.finish(take(catalog, "step:1"), b"", cost=Cost(cpu=1.5, wall=1.0, frames=96, size=1000))
    catalog.steps.finish(take(catalog, "step:2"), b"", cost=Cost(cpu=2.0, wall=9.0, frames=48, size=500))
    found = Cost(cpu=7.0, wall=7.0, frames=7, size=3_000_000_000, reused=True)
    catalog.steps.finish(take(catalog, "step:3"), b"", cost=found)
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.cpu, job.frames, job.size) == (3.5, 144, 1500)


def test_a_failure_stops_what_has_not_begun_and_lets_go_on_what_runs(catalog: Catalog) -> None:
    film(catalog, separate(1), separate(2), separate(3))
    finish(catalog, "step:1")
    failing, running = take(catalog, "step:2"), take(catalog, "step:3")
    catalog.steps.fail(failing, Failure("no picture"))
    assert states(catalog) == {"step:1": "done", "step:2": "failed", "step:3": "running"}
    catalog.steps.finish(running, b"result", [separate(4)])
    assert states(catalog) == {"step:1": "done", "step:2": "failed", "step:3": "done", "step:4": "stopped"}
    assert catalog.steps.claim_next("film", "worker") is None


def test_a_failed_job_tells_its_first_failure(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), separate(2))
    one, two = take(catalog, "step:1"), take(catalog, "step:2")
    catalog.steps.fail(one, Failure("no picture"))
    clock.now += 1
    catalog.steps.fail(two, Failure("no sound"))
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.error, job.ended) == ("failed", "no picture", 1_000_000.0)


def test_a_failed_job_is_continued_where_it_ended(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), separate(2), PLAN, encode(1))
    finish(catalog, "step:1")
    catalog.steps.fail(take(catalog, "step:2"), Failure("no more disk"))
    clock.now += 3600
    assert catalog.steps.claim_next("film", "worker") is None
    assert [step.error for step in catalog.steps.of("film")] == [None, "no more disk", None, None]
    assert states(catalog)["plan"] == "stopped"
    catalog.jobs.retry("film")
    assert states(catalog) == {"step:1": "done", "step:2": "ready", "plan": "ready", "encode:1": "waiting"}
    assert [step.error for step in catalog.steps.of("film")] == [None] * 4
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.error, job.ended) == ("running", None, None)
    assert take(catalog, "step:2").attempt == 2
    finish(catalog, "plan")
    finish(catalog, "encode:1")


def test_a_job_that_runs_or_is_done_has_nothing_to_continue(catalog: Catalog) -> None:
    film(catalog)
    lease = take(catalog, "plan")
    catalog.jobs.retry("film")
    catalog.steps.finish(lease, b"")
    catalog.jobs.retry("film")
    assert states(catalog) == {"plan": "done"}
    assert catalog.jobs.retry("no such job") == []


def test_cancelling_withdraws_what_runs(catalog: Catalog, clock: Clock) -> None:
    film(catalog, separate(1), separate(2), separate(3), PLAN, encode(1))
    finish(catalog, "step:1")
    running = take(catalog, "step:2")
    clock.now += 5
    assert catalog.jobs.cancel("film")
    assert states(catalog) == {
        "step:1": "done",
        "step:2": "stopped",
        "step:3": "stopped",
        "plan": "stopped",
        "encode:1": "stopped",
    }
    assert catalog.steps.renew([running]) == set()
    with pytest.raises(StaleLeaseError):
        catalog.steps.finish(running, b"too late")
    assert outcomes(catalog) == [("step:1", 1, "worker", "done"), ("step:2", 1, "worker", "withdrawn")]
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.ended, job.done) == ("cancelled", 1_000_005.0, 1)


def test_a_cancelled_job_is_continued_where_it_ended(catalog: Catalog) -> None:
    film(catalog, separate(1), PLAN, encode(1))
    take(catalog, "step:1")
    catalog.jobs.cancel("film")
    catalog.jobs.retry("film")
    assert states(catalog) == {"step:1": "ready", "plan": "ready", "encode:1": "waiting"}
    for name in ("step:1", "plan", "encode:1"):
        finish(catalog, name)
    job = catalog.jobs.get("film")
    assert job is not None
    assert job.state == "done"


def test_what_is_over_is_not_cancelled(catalog: Catalog) -> None:
    assert not catalog.jobs.cancel("no such job")
    film(catalog)
    catalog.steps.fail(take(catalog, "plan"), Failure("broken"))
    assert not catalog.jobs.cancel("film")
    assert states(catalog) == {"plan": "failed"}


def test_a_job_is_found_again(catalog: Catalog, url: str) -> None:
    film(catalog)
    catalog.close()
    again = Catalog(url)
    assert states(again) == {"plan": "ready"}
    again.close()


def test_a_forgotten_job_leaves_the_others(catalog: Catalog) -> None:
    film(catalog, PLAN, encode(1))
    film(catalog, PLAN, encode(1), name="other")
    finish(catalog, "plan")
    catalog.events.append("film", b"{}")
    catalog.jobs.forget("film")
    assert (catalog.jobs.get("film"), catalog.steps.of("film")) == (None, [])
    assert (catalog.steps.attempts("film"), catalog.events.after("film", 0)) == ([], [])
    assert states(catalog, "other") == {"plan": "ready", "encode:1": "waiting"}


def test_a_lease_on_a_forgotten_job_opens_no_other_step(catalog: Catalog) -> None:
    film(catalog)
    stale = take(catalog, "plan")
    catalog.jobs.forget("film")
    film(catalog)
    assert catalog.steps.claim_next("film", "worker") is not None
    with pytest.raises(StaleLeaseError):
        catalog.steps.finish(stale, b"of the forgotten job")

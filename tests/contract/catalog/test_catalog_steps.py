"""Steps: claimed in order, finished once together with what follows from them."""

from collections.abc import Callable

import pytest
from filming import PLAN, Clock, encode, film, finish, outcomes, separate, states, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import LEASE_SECONDS, AttemptRecord, Failure, Lease, NewJob, StepSpec
from pipeline.errors import StaleLeaseError, StorageError


def test_a_lease_carries_the_step(catalog: Catalog) -> None:
    catalog.jobs.open(NewJob("film", "the-film", b"spec", [StepSpec("plan", "plan-kind", b"params")]))
    lease = catalog.steps.claim_next("film", "owner")
    assert lease == Lease(
        step=lease.step if lease else 0,
        job="film",
        title="the-film",
        spec=b"spec",
        name="plan",
        kind="plan-kind",
        params=b"params",
        attempt=1,
        failures=0,
        owner="owner",
        worker="owner",
        fence=1,
        seconds=3600.0,
    )


def test_steps_are_claimed_in_the_order_they_were_added(catalog: Catalog) -> None:
    film(catalog)
    finish(catalog, "plan", then=[encode(2), encode(10), encode(1)])
    for name in ("encode:2", "encode:10", "encode:1"):
        finish(catalog, name)
    assert catalog.steps.claim_next("film", "worker") is None


def test_a_job_s_steps_are_not_claimed_for_another(catalog: Catalog) -> None:
    film(catalog)
    catalog.jobs.open(NewJob("other", "other-film", b"", []))
    assert catalog.steps.claim_next("other", "worker") is None
    assert catalog.steps.claim_next("none", "worker") is None


def test_a_claimed_step_is_claimed_once(catalog: Catalog) -> None:
    film(catalog)
    assert catalog.steps.claim_next("film", "one") is not None
    assert catalog.steps.claim_next("film", "two") is None


def test_a_step_waits_for_all_its_parents(catalog: Catalog) -> None:
    package = StepSpec("package", "package", b"", after=("encode:1", "encode:2", "encode:1"))
    film(catalog)
    finish(catalog, "plan", then=[encode(1), encode(2), package])
    finish(catalog, "encode:1")
    assert states(catalog)["package"] == "waiting"
    finish(catalog, "encode:2")
    assert states(catalog)["package"] == "ready"


def test_a_new_step_does_not_wait_for_what_is_done(catalog: Catalog) -> None:
    film(catalog, PLAN, StepSpec("poster", "poster", b""), separate(1))
    finish(catalog, "plan")
    late = StepSpec("late", "late", b"", after=("plan", "poster"))
    later = StepSpec("later", "later", b"", after=("late", "step:1"))
    finish(catalog, "poster", then=[later, late])
    assert states(catalog) == {
        "plan": "done",
        "poster": "done",
        "step:1": "ready",
        "later": "waiting",
        "late": "ready",
    }
    for name in ("step:1", "late", "later"):
        finish(catalog, name)


def test_a_result_is_there_once_the_step_is_done(catalog: Catalog) -> None:
    film(catalog)
    assert catalog.steps.result("film", "plan") is None
    finish(catalog, "plan")
    assert catalog.steps.result("film", "plan") == b"result of plan"
    assert catalog.steps.result("film", "no such step") is None


@pytest.fixture
def stale(catalog: Catalog, clock: Clock) -> Lease:
    """A lease on the step `plan` that passed on to another owner, whose name is `two`."""
    film(catalog)
    lease = take(catalog, "plan", owner="one")
    clock.now += LEASE_SECONDS + 1
    take(catalog, "plan", owner="two")
    return lease


ENDINGS: dict[str, Callable[[Catalog, Lease], object]] = {
    "finish": lambda catalog, lease: catalog.steps.finish(lease, b"stale", [encode(1)]),
    "fail": lambda catalog, lease: catalog.steps.fail(lease, Failure("stale")),
    "put off": lambda catalog, lease: catalog.steps.put_off(lease, Failure("stale"), 5.0),
    "give back": lambda catalog, lease: catalog.steps.give_back(lease),
    "publish": lambda catalog, lease: catalog.titles.publish(lease, "v1", b"stale"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_holder_that_lost_its_lease_changes_nothing(catalog: Catalog, stale: Lease, ending: str) -> None:
    before = catalog.jobs.get("film")
    with pytest.raises(StaleLeaseError, match="film: step plan was taken over by another worker"):
        ENDINGS[ending](catalog, stale)
    assert [(step.state, step.owner) for step in catalog.steps.of("film")] == [("running", "two")]
    assert catalog.jobs.get("film") == before
    assert outcomes(catalog) == [("plan", 1, "one", "lost"), ("plan", 2, "two", None)]
    assert catalog.titles.current("the-film") is None


def test_a_step_is_finished_once(catalog: Catalog) -> None:
    film(catalog)
    lease = take(catalog, "plan")
    catalog.steps.finish(lease, b"first", [encode(1)])
    with pytest.raises(StaleLeaseError):
        catalog.steps.finish(lease, b"second", [encode(2)])
    assert states(catalog) == {"plan": "done", "encode:1": "ready"}
    assert catalog.steps.result("film", "plan") == b"first"


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (StepSpec("encode:2", "encode", b"", after=("no such step",)), KeyError),
        (StepSpec("encode:1", "encode", b"", after=("plan",)), StorageError),
    ],
    ids=["unknown parent", "name taken"],
)
def test_a_result_and_its_new_steps_are_recorded_together_or_not_at_all(
    catalog: Catalog, broken: StepSpec, error: type[Exception]
) -> None:
    film(catalog, PLAN, StepSpec("child", "child", b"", after=("plan",)))
    lease = take(catalog, "plan")
    before = catalog.jobs.get("film")
    with pytest.raises(error):
        catalog.steps.finish(lease, b"result", [encode(1), broken])
    assert states(catalog) == {"plan": "running", "child": "waiting"}
    assert catalog.jobs.get("film") == before
    catalog.steps.finish(lease, b"result", [encode(1)])
    assert states(catalog) == {"plan": "done", "child": "ready", "encode:1": "ready"}


def test_a_step_given_back_is_ready_at_once_and_no_failure_is_counted(catalog: Catalog) -> None:
    film(catalog)
    catalog.steps.give_back(take(catalog, "plan", owner="one"))
    again = take(catalog, "plan", owner="two")
    assert (again.attempt, again.failures) == (2, 0)


def test_a_step_given_back_for_a_while_is_due_after_it(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    catalog.steps.give_back(take(catalog, "plan"), delay=20.0)
    clock.now += 19
    assert catalog.steps.claim_next("film", "worker") is None
    clock.now += 1
    assert take(catalog, "plan").failures == 0


def test_a_step_put_off_is_due_later_with_its_failure_counted(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    catalog.steps.put_off(take(catalog, "plan"), Failure("busy"), delay=10.0)
    assert states(catalog) == {"plan": "ready"}
    clock.now += 9
    assert catalog.steps.claim_next("film", "worker") is None
    clock.now += 1
    again = take(catalog, "plan")
    assert (again.attempt, again.failures) == (2, 1)
    job = catalog.jobs.get("film")
    assert job is not None
    assert (job.state, job.retries) == ("running", 1)


@pytest.mark.parametrize("ending", ["put off", "give back"])
def test_what_outlived_its_job_does_not_begin_again(catalog: Catalog, ending: str) -> None:
    film(catalog, separate(1), separate(2))
    failing, running = take(catalog, "step:1"), take(catalog, "step:2")
    catalog.steps.fail(failing, Failure("broken"))
    ENDINGS[ending](catalog, running)
    assert states(catalog) == {"step:1": "failed", "step:2": "stopped"}
    catalog.jobs.retry("film")
    assert states(catalog) == {"step:1": "ready", "step:2": "ready"}


def test_all_attempts_are_told(catalog: Catalog, clock: Clock) -> None:
    film(catalog)
    catalog.steps.give_back(take(catalog, "plan", owner="one"))
    clock.now += 1
    catalog.steps.put_off(take(catalog, "plan", owner="two"), Failure("busy", "OutageError", "503"), 0.0)
    clock.now += 1
    take(catalog, "plan", owner="three")
    assert catalog.steps.attempts("film") == [
        AttemptRecord("plan", 1, "one", 1_000_000.0, 1_000_000.0, "returned", None, None, None),
        AttemptRecord("plan", 2, "two", 1_000_001.0, 1_000_001.0, "retried", "OutageError", "busy", "503"),
        AttemptRecord("plan", 3, "three", 1_000_002.0, None, None, None, None, None),
    ]

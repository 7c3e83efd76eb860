"""What the catalog promises on every database. A new one joins by one line in DATABASES."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.catalog.catalog import LEASE_SECONDS, Catalog
from pipeline.catalog.records import StepRecord, StepSpec, VersionRecord
from pipeline.errors import StaleLeaseError, StorageError

DATABASES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'catalog.db'}"}

NEW = StepSpec("plan", "plan", b"{}")


@dataclass
class Clock:
    """Stands still until it is told otherwise."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=DATABASES)
def catalog(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Catalog]:
    catalog = Catalog(DATABASES[request.param](tmp_path), clock)
    yield catalog
    catalog.close()


def encode(number: int) -> StepSpec:
    return StepSpec(f"encode:{number}", "encode", b"%d" % number, after=("plan",))


def finish(catalog: Catalog, name: str, then: tuple[StepSpec, ...] = (), job: str = "film") -> None:
    """Claim what is next, which must be `name`, and finish it."""
    lease = catalog.claim(job, "worker")
    assert lease is not None
    assert lease.name == name
    catalog.finish(lease, b"result of " + name.encode(), then)


def states(catalog: Catalog, job: str = "film") -> dict[str, str]:
    return {step.name: step.state for step in catalog.steps(job)}


def test_a_job_is_recorded_with_its_first_steps(catalog: Catalog) -> None:
    assert catalog.job_spec("film") is None
    catalog.open_job("film", "the-film", b"spec", [NEW, encode(1)])
    assert catalog.job_spec("film") == b"spec"
    assert catalog.steps("film") == [
        StepRecord("plan", "plan", "ready", attempts=0, result=None, error=None),
        StepRecord("encode:1", "encode", "waiting", attempts=0, result=None, error=None),
    ]


def test_opening_a_job_again_changes_nothing(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"spec", [NEW])
    finish(catalog, "plan", then=(encode(1),))
    catalog.open_job("film", "the-film", b"other", [NEW])
    assert catalog.job_spec("film") == b"spec"
    assert states(catalog) == {"plan": "done", "encode:1": "ready"}


def test_a_lease_carries_the_step(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [StepSpec("plan", "plan-kind", b"params")])
    lease = catalog.claim("film", "worker")
    assert lease is not None
    assert (lease.job, lease.name, lease.kind, lease.params) == ("film", "plan", "plan-kind", b"params")
    assert (lease.owner, lease.attempt) == ("worker", 1)


def test_steps_are_claimed_in_the_order_they_were_added(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    finish(catalog, "plan", then=(encode(2), encode(10), encode(1)))
    for name in ("encode:2", "encode:10", "encode:1"):
        finish(catalog, name)
    assert catalog.claim("film", "worker") is None


def test_a_job_s_steps_are_not_claimed_for_another(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    catalog.open_job("other", "other-film", b"", [])
    assert catalog.claim("other", "worker") is None
    assert catalog.claim("none", "worker") is None


def test_a_claimed_step_is_claimed_once(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    assert catalog.claim("film", "one") is not None
    assert catalog.claim("film", "two") is None


def test_a_step_waits_for_all_its_parents(catalog: Catalog) -> None:
    package = StepSpec("package", "package", b"", after=("encode:1", "encode:2"))
    catalog.open_job("film", "the-film", b"", [NEW])
    finish(catalog, "plan", then=(encode(1), encode(2), package))
    finish(catalog, "encode:1")
    assert states(catalog)["package"] == "waiting"
    finish(catalog, "encode:2")
    assert states(catalog)["package"] == "ready"


def test_a_new_step_does_not_wait_for_what_is_done(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW, StepSpec("poster", "poster", b"")])
    finish(catalog, "plan")
    late = StepSpec("late", "late", b"", after=("plan", "poster"))
    finish(catalog, "poster", then=(late,))
    assert states(catalog)["late"] == "ready"


def test_a_result_is_there_once_the_step_is_done(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    assert catalog.result("film", "plan") is None
    finish(catalog, "plan")
    assert catalog.result("film", "plan") == b"result of plan"
    assert catalog.result("film", "no such step") is None


def test_a_lease_expires_unless_it_is_renewed(catalog: Catalog, clock: Clock) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    assert catalog.claim("film", "one")
    clock.now += LEASE_SECONDS - 1
    catalog.renew("one")
    clock.now += LEASE_SECONDS - 1
    assert catalog.claim("film", "two") is None
    catalog.renew("two")
    clock.now += 2
    lease = catalog.claim("film", "two")
    assert lease is not None
    assert (lease.owner, lease.attempt) == ("two", 2)


def test_nobody_takes_over_from_himself(catalog: Catalog, clock: Clock) -> None:
    """Threads of one process share a name; one that is idle must not do again what another still does."""
    catalog.open_job("film", "the-film", b"", [NEW])
    lease = catalog.claim("film", "one")
    assert lease is not None
    clock.now += 10 * LEASE_SECONDS
    assert catalog.claim("film", "one") is None
    catalog.finish(lease, b"done after all")


def test_an_expired_lease_still_counts_until_another_takes_it(catalog: Catalog, clock: Clock) -> None:
    """A laptop that slept for an hour goes on where it was."""
    catalog.open_job("film", "the-film", b"", [NEW])
    lease = catalog.claim("film", "one")
    assert lease is not None
    clock.now += 3600
    catalog.finish(lease, b"late but whole")
    assert catalog.result("film", "plan") == b"late but whole"


def test_a_holder_that_lost_its_lease_changes_nothing(catalog: Catalog, clock: Clock) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    stale = catalog.claim("film", "one")
    assert stale is not None
    clock.now += LEASE_SECONDS + 1
    fresh = catalog.claim("film", "two")
    assert fresh is not None
    operations: list[Callable[[], None]] = [
        lambda: catalog.finish(stale, b"stale", [encode(1)]),
        lambda: catalog.fail(stale, "stale"),
        lambda: catalog.give_back(stale),
    ]
    for operation in operations:
        with pytest.raises(StaleLeaseError, match="film: step plan was taken over by another worker"):
            operation()
    assert states(catalog) == {"plan": "running"}
    catalog.finish(fresh, b"fresh")
    assert catalog.result("film", "plan") == b"fresh"


def test_a_step_is_finished_once(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    lease = catalog.claim("film", "worker")
    assert lease is not None
    catalog.finish(lease, b"first", [encode(1)])
    with pytest.raises(StaleLeaseError):
        catalog.finish(lease, b"second", [encode(2)])
    assert states(catalog) == {"plan": "done", "encode:1": "ready"}
    assert catalog.result("film", "plan") == b"first"


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
    child = StepSpec("child", "child", b"", after=("plan",))
    catalog.open_job("film", "the-film", b"", [NEW, child])
    lease = catalog.claim("film", "worker")
    assert lease is not None
    with pytest.raises(error):
        catalog.finish(lease, b"result", [encode(1), broken])
    assert states(catalog) == {"plan": "running", "child": "waiting"}
    catalog.finish(lease, b"result", [encode(1)])
    assert states(catalog) == {"plan": "done", "child": "ready", "encode:1": "ready"}


def test_a_failed_step_stays_so_until_it_is_retried(catalog: Catalog, clock: Clock) -> None:
    catalog.open_job("film", "the-film", b"", [NEW, encode(1)])
    lease = catalog.claim("film", "worker")
    assert lease is not None
    catalog.fail(lease, "no more disk")
    clock.now += 10 * LEASE_SECONDS
    assert catalog.claim("film", "worker") is None
    assert catalog.steps("film")[0].error == "no more disk"
    catalog.retry("film")
    assert catalog.steps("film")[0].error is None
    again = catalog.claim("film", "worker")
    assert again is not None
    assert again.attempt == 2
    catalog.finish(again, b"")
    assert states(catalog) == {"plan": "done", "encode:1": "ready"}


def test_an_error_of_any_length_is_recorded(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    lease = catalog.claim("film", "worker")
    assert lease is not None
    catalog.fail(lease, "é" * 100_000)
    assert catalog.steps("film")[0].error == "é" * 4000


def test_a_step_given_back_is_ready_at_once(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    lease = catalog.claim("film", "one")
    assert lease is not None
    catalog.give_back(lease)
    assert catalog.claim("film", "two") is not None


def test_only_what_the_dead_hold_is_taken_back(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    finish(catalog, "plan", then=(encode(1), encode(2)))
    dead, living = catalog.claim("film", "dead"), catalog.claim("film", "living")
    assert dead is not None
    assert living is not None
    catalog.take_back("film", lambda owner: owner == "living")
    assert states(catalog) == {"plan": "done", "encode:1": "ready", "encode:2": "running"}
    with pytest.raises(StaleLeaseError):
        catalog.finish(dead, b"from the grave")
    catalog.finish(living, b"")


def test_a_forgotten_job_leaves_nothing_but_what_it_published(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"spec", [NEW, encode(1)])
    catalog.open_job("other", "other-film", b"", [NEW, encode(1)])
    catalog.publish("the-film", "v1", "film", b"{}")
    catalog.forget_job("film")
    assert (catalog.job_spec("film"), catalog.steps("film")) == (None, [])
    assert states(catalog, "other") == {"plan": "ready", "encode:1": "waiting"}
    assert [record.version for record in catalog.published()] == ["v1"]


def test_a_lease_on_a_forgotten_job_opens_no_other_step(catalog: Catalog) -> None:
    catalog.open_job("film", "the-film", b"", [NEW])
    stale = catalog.claim("film", "worker")
    assert stale is not None
    catalog.forget_job("film")
    catalog.open_job("film", "the-film", b"", [NEW])
    assert catalog.claim("film", "worker") is not None
    with pytest.raises(StaleLeaseError):
        catalog.finish(stale, b"of the forgotten job")


def test_published_titles_are_listed_newest_first(catalog: Catalog, clock: Clock) -> None:
    assert catalog.published() == []
    catalog.publish("old", "v1", "job-1", b"1")
    clock.now += 1
    catalog.publish("new", "v2", "job-2", b"2")
    assert catalog.published() == [
        VersionRecord("new", "v2", b"2", 1_000_001.0),
        VersionRecord("old", "v1", b"1", 1_000_000.0),
    ]


def test_a_title_shows_the_version_published_last(catalog: Catalog, clock: Clock) -> None:
    for version in ("v1", "v2", "v1"):
        clock.now += 1
        catalog.publish("film", version, f"job of {version}", b"summary")
    assert [(record.version, record.published) for record in catalog.published()] == [("v1", 1_000_003.0)]


def test_a_catalog_is_found_again(catalog: Catalog, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    catalog.open_job("film", "the-film", b"spec", [NEW])
    catalog.close()
    database = request.node.callspec.params["catalog"]
    again = Catalog(DATABASES[database](tmp_path))
    assert states(again) == {"plan": "ready"}
    again.close()

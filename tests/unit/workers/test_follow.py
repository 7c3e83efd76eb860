"""Following a job: every event once, whichever way it comes, and how the job ended by its state."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, NewJob, StepSpec
from pipeline.codec import to_json
from pipeline.errors import UsageError
from pipeline.events import Event, Failed, Planned, Published, StepFinished, Warned
from tests.support.broker import running_broker
from workers import follow
from workers.follow import Follower
from workers.live import Live

PUBLISHED = Published(title="film", version="v1", hls="/hls", dash="/dash", size=7)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL", 0.01)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """With one job of two steps."""
    catalog = Catalog(f"sqlite:///{tmp_path}/catalog.db")
    catalog.jobs.open(NewJob("job-1", "film", b"{}", [StepSpec("ingest", "ingest", b"")]))
    yield catalog
    catalog.close()


@pytest.fixture
def away() -> Iterator[Live]:
    """No broker answers."""
    live = Live(NOWHERE)
    yield live
    live.close()


def finish(catalog: Catalog, result: bytes = b"null", then: tuple[StepSpec, ...] = ()) -> None:
    lease = catalog.steps.claim_next("job-1", "host.1.2")
    assert lease is not None
    catalog.steps.finish(lease, result, then)


def fail(catalog: Catalog, kind: str = "EncodeError") -> None:
    lease = catalog.steps.claim_next("job-1", "host.1.2")
    assert lease is not None
    catalog.steps.fail(lease, Failure("it broke", kind))


def publish(catalog: Catalog) -> None:
    finish(catalog, then=(StepSpec("publish", "publish", b""),))
    finish(catalog, to_json(PUBLISHED))


def finished(events: list[Event]) -> list[str]:
    return [event.step for event in events if isinstance(event, StepFinished)]


def test_a_job_that_is_done(catalog: Catalog, away: Live) -> None:
    publish(catalog)
    events = list(Follower(catalog, away, "job-1").events())
    assert finished(events) == ["ingest", "publish"]
    assert events[-1] == PUBLISHED


def test_without_a_broker_the_catalog_tells(catalog: Catalog, away: Live) -> None:
    following = Follower(catalog, away, "job-1").events()
    catalog.events.append("job-1", to_json(Warned(message="it is odd")))
    assert next(following) == Warned(message="it is odd")
    publish(catalog)
    rest = list(following)
    assert finished(rest) == ["ingest", "publish"]
    assert rest[-1] == PUBLISHED


def test_from_now_on_nothing_of_the_past_is_told(catalog: Catalog, away: Live) -> None:
    catalog.events.append("job-1", to_json(Warned(message="of the past")))
    following = Follower.from_now(catalog, away, "job-1").events()
    catalog.events.append("job-1", to_json(Warned(message="new")))
    assert next(following) == Warned(message="new")


def test_a_failure_that_was_mended_is_not_the_end(catalog: Catalog, away: Live) -> None:
    fail(catalog)
    catalog.jobs.retry("job-1")
    following = Follower(catalog, away, "job-1").events()
    catalog.events.append("job-1", to_json(Warned(message="again")))
    assert next(following) == Warned(message="again")
    publish(catalog)
    assert [event for event in following if isinstance(event, (Failed, Published))] == [PUBLISHED]


def test_a_job_that_failed_tells_the_class_of_the_error(catalog: Catalog, away: Live) -> None:
    fail(catalog, "VerifyError")
    (event,) = Follower(catalog, away, "job-1").events()
    assert event == Failed(error="VerifyError", message="it broke", exit_code=6)


def test_a_job_that_was_cancelled(catalog: Catalog, away: Live) -> None:
    catalog.jobs.cancel("job-1")
    (event,) = Follower(catalog, away, "job-1").events()
    assert event == Failed(error="StoppedError", message="the job was cancelled", exit_code=130)


def test_a_job_that_is_forgotten(catalog: Catalog, away: Live) -> None:
    following = Follower(catalog, away, "job-1").events()
    catalog.jobs.forget("job-1")
    with pytest.raises(UsageError, match="job-1: no such job any more"):
        next(following)


def test_what_is_told_live_is_not_told_again(catalog: Catalog, tmp_path: Path) -> None:
    with running_broker(tmp_path / "redis") as broker:
        live = Live(broker.url)
        told = StepFinished(step="ingest", kind="ingest", cpu=1.5, wall=2.0)
        following = Follower(catalog, live, "job-1").events()
        heard = threading.Event()

        def tell() -> None:
            while not heard.wait(0.01):
                live.publish("job-1", told)

        teller = threading.Thread(target=tell)
        teller.start()
        assert next(following) == told
        heard.set()
        teller.join()
        publish(catalog)
        assert finished(list(following)) == ["publish"]
        live.close()


def test_events_of_a_newer_version_are_passed_over(catalog: Catalog, away: Live) -> None:
    catalog.events.append("job-1", b'{"event":"of-tomorrow"}')
    publish(catalog)
    events = list(Follower(catalog, away, "job-1").events())
    assert not any(isinstance(event, (Warned, Planned)) for event in events)
    assert events[-1] == PUBLISHED

"""How a job stands, by the catalog alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Cost, NewJob, StepSpec
from pipeline.codec import to_json
from pipeline.job import JobSpec
from pipeline.standing import Standing, standing

PLANNED = (
    b'{"event":"planned","duration":"4","frames":100,"rate":"25","steps":{},"encode_frames":100,'
    b'"renditions":[]}'
)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalog(tmp_path: Path, clock: Clock) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path}/catalog.db", clock)
    spec = JobSpec(title="film", master="masters/00/film.mov", size=1, mtime=0, ladders=(), tools="")
    steps = [StepSpec(f"encode:h264:{n}", "encode", b"") for n in (1, 2, 3)]
    catalog.jobs.open(NewJob("job-1", "film", to_json(spec), steps))
    yield catalog
    catalog.close()


def now(catalog: Catalog) -> Standing:
    record = catalog.jobs.get("job-1")
    assert record is not None
    return standing(catalog, record)


def test_speed_counts_the_time_in_which_something_was_encoded(catalog: Catalog, clock: Clock) -> None:
    """Two at once for a second of four, then nothing for an hour, then one more."""
    catalog.events.append("job-1", PLANNED)
    first = catalog.steps.claim_next("job-1", "host.1.2")
    clock.now += 3
    second = catalog.steps.claim_next("job-1", "host.1.3")
    clock.now += 1
    assert first
    assert second
    catalog.steps.finish(first, b"", cost=Cost(frames=50, cpu=7.0, size=10))
    clock.now += 1
    catalog.steps.finish(second, b"", cost=Cost(frames=50, cpu=3.5, size=20))
    clock.now += 3600
    third = catalog.steps.claim_next("job-1", "host.1.3")
    clock.now += 5
    assert third
    catalog.steps.finish(third, b"", cost=Cost(frames=100, cpu=1.0, size=30))
    found = now(catalog)
    assert (found.encoding, found.frames, found.speed) == (10.0, 200, 0.8)
    assert (found.cpu, found.size, found.state, found.ended) == (11.5, 60, "done", 4610.0)


def test_what_runs_where_and_since_when(catalog: Catalog, clock: Clock) -> None:
    clock.now += 7
    catalog.steps.claim_next("job-1", "host.1.2")
    (held,) = now(catalog).running
    assert (held.step, held.attempt, held.owner, held.since) == ("encode:h264:1", 1, "host.1.2", 1007.0)
    assert now(catalog).states == {"running": 1, "ready": 2}
    assert now(catalog).speed is None

"""Speeds and times to go, from counters that grow by whole chunks."""

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.catalog.records import JobRecord
from pipeline.cli.pace import Pace, seconds_left
from pipeline.events import Planned

JOB = JobRecord(
    id="job-1", title="film", spec=b"", state="running", priority=5, cluster=True, created=1000.0, ended=None,
    error=None, total=3, done=0, retries=0, lost=0, frames=0, cpu=0.0, size=0,
)  # fmt: skip

PLANNED = Planned(
    duration=Fraction(240),
    frames=5760,
    rate=Fraction(24),
    steps={"encode": 10, "audio": 1, "poster": 1, "package": 4, "verify": 4, "publish": 1},
    encode_frames=5760,
    renditions=(),
)


def pace(*seen: tuple[float, int]) -> float:
    """Frames/s after looks at such times and counts."""
    taken = Pace()
    for now, frames in seen:
        taken.take(replace(JOB, frames=frames), now)
    return taken.of(JOB)


@pytest.mark.parametrize(
    ("seen", "rate"),
    [
        ([], 0),
        ([(1060, 0)], 0),
        ([(1060, 1200)], 20),
        ([(1060, 1200), (1100, 3000)], 30),
        ([(5000, 1200), (5060, 2400)], pytest.approx(2400 / 4060)),
        ([(5000, 1200), (5060, 2400), (5120, 4800)], 30),
        ([(5000, 1200), (5060, 2400), (5120, 4800), (5180, 4800)], 20),
        ([(900, 1200)], 0),
    ],
)
def test_pace_is_that_of_two_minutes(seen: list[tuple[float, int]], rate: float) -> None:
    assert pace(*seen) == rate


@pytest.mark.parametrize(
    ("done", "frames", "left"),
    [
        (3, 0, 576),
        (5, 0, 576),
        (8, 1728, 403.2),
        (15, 5760, 0),
        (20, 5760, 0),
        (10, 576, 288),
    ],
    ids=[
        "planned",
        "sound done",
        "three chunks done",
        "all encoded",
        "packaging",
        "five chunks done, four found done",
    ],
)
def test_what_is_left_to_encode(done: int, frames: int, left: float) -> None:
    job = replace(JOB, total=24, done=done, frames=frames)
    assert seconds_left(job, PLANNED, rate=10) == pytest.approx(left)


def test_nobody_can_say_before_the_first_chunk_or_without_pictures() -> None:
    assert seconds_left(JOB, PLANNED, rate=0) is None
    assert seconds_left(JOB, Planned(**{**_fields(), "steps": {"audio": 1}}), rate=10) is None


def _fields() -> dict[str, object]:
    return {name: getattr(PLANNED, name) for name in Planned.__struct_fields__}

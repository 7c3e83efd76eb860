"""Figures of a running job."""

from fractions import Fraction

import pytest

from pipeline.cli import tally
from pipeline.cli.tally import Tally
from pipeline.events import Planned, Progress, StepFinished, StepStarted

PLANNED = Planned(
    duration=Fraction(100),
    frames=2500,
    rate=Fraction(25),
    steps={"encode": 10, "package": 6},
    encode_frames=5000,
    renditions=(),
)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Tally:
    """A tally whose first progress comes at second 1000."""
    monkeypatch.setattr(tally.time, "monotonic", lambda: 1000.0)
    return Tally()


def progress(step: str, frames: int) -> Progress:
    return Progress(step=step, frames=frames, total=600)


def test_steps_are_counted_as_planned() -> None:
    count = Tally()
    assert count.steps("encode") == (0, 0)
    count.take(PLANNED)
    count.take(StepStarted(step="encode:1", kind="encode"))
    assert count.steps("encode") == (0, 10)
    count.take(StepFinished(step="encode:1", kind="encode", size=700))
    count.take(StepFinished(step="encode:2", kind="encode", size=300, reused=True))
    assert count.steps("encode") == (2, 10)
    assert count.bytes["encode"] == 1000
    assert count.steps("package") == (0, 6)


def test_encodes_done_before_anybody_watched_count_by_steps() -> None:
    count = Tally()
    count.take(PLANNED)
    for number in range(5):
        count.take(StepFinished(step=f"encode:{number}", kind="encode"))
    count.take(progress("encode:6", 100))
    assert count.share("encode") == 0.5


def test_steps_before_the_plan_are_counted_as_they_come() -> None:
    count = Tally()
    count.take(StepStarted(step="ingest", kind="ingest"))
    assert count.steps("ingest") == (0, 1)


def test_a_step_taken_up_again_counts_once() -> None:
    count = Tally()
    for _ in range(2):
        count.take(StepStarted(step="audio:en", kind="audio"))
    assert count.steps("audio") == (0, 1)


def test_no_figures_without_progress(counted: Tally) -> None:
    assert counted.figures(1001) == ""
    counted.take(PLANNED)
    assert counted.figures(1001) == ""
    counted.take(progress("encode:1", 0))
    assert counted.figures(1001) == ""
    counted.take(progress("encode:1", 10))
    assert counted.figures(1000) == ""


def test_rate_speed_and_time_to_go(counted: Tally) -> None:
    counted.take(PLANNED)
    counted.take(progress("encode:1", 300))
    counted.take(progress("encode:2", 200))
    assert counted.figures(1010) == "50.0 frames/s   2.00 x real time   0:01:30 to encode"


def test_frames_done_before_shorten_the_way_but_are_no_speed(counted: Tally) -> None:
    counted.take(PLANNED)
    counted.take(StepFinished(step="encode:9", kind="encode", reused=True, frames=4000))
    counted.take(progress("encode:1", 500))
    assert counted.figures(1010) == "50.0 frames/s   2.00 x real time   0:00:10 to encode"


def test_more_frames_than_planned_are_not_negative_time(counted: Tally) -> None:
    """A chunk decoded a second time, because the first try lost frames."""
    counted.take(PLANNED)
    counted.take(progress("encode:1", 6000))
    assert counted.figures(1010).endswith("0:00:00 to encode")

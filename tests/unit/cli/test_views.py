"""The event stream as people see it: bars on a terminal, lines in a pipe."""

from io import StringIO

import pytest
from rich.console import Console

from pipeline.cli.render import PlainLines
from pipeline.cli.table import print_table
from pipeline.cli.terminal import LiveView
from pipeline.events import Event, JobStarted, StepStarted, Uploading


def uploading(phase: str, done: int) -> Uploading:
    return Uploading(phase=phase, done=done, size=50_000_000)  # type: ignore[arg-type]


def test_an_upload_is_a_line_a_tenth_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    lines = PlainLines()
    events: list[Event] = [uploading("reading", done) for done in range(5_000_000, 50_000_001, 1_000_000)]
    events += [uploading("sending", done) for done in (44_000_000, 44_500_000, 50_000_000)]
    for event in (*events, JobStarted(job="job-1", title="film", master="film.mov")):
        lines.take(event)
    out, err = capsys.readouterr()
    told = err.splitlines()
    assert out == ""
    assert told[:2] == ["master read: 5.0 MB of 50.0 MB", "master read: 10.0 MB of 50.0 MB"]
    assert told[9:] == [
        "master read: 50.0 MB of 50.0 MB",
        "uploaded: 44.0 MB of 50.0 MB",
        "uploaded: 50.0 MB of 50.0 MB",
        "film: job-1, master film.mov",
    ]


def test_bars_on_a_terminal() -> None:
    screen = StringIO()
    with LiveView(Console(file=screen, force_terminal=True, width=100, color_system=None)) as view:
        view.take(uploading("sending", 20_000_000))
        view.take(StepStarted(step="encode:h264:0001", kind="encode"))
    last = screen.getvalue().rpartition("sending")[2]
    assert "40% 20.0 MB of 50.0 MB" in " ".join(last.split())
    assert "0/1" in last


def test_a_table_is_as_wide_as_it_must_be(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("[bold]film", 7, "x" * 300), ("日本", 12345, "y")]
    print_table("TITLE SIZE_IN_MB WHY", rows, right="SIZE_IN_MB")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "TITLE       SIZE IN MB  WHY",
        f"[bold]film           7  {'x' * 300}",
        "日本             12345  y",
    ]


def test_an_empty_table_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("TITLE SIZE", [])
    assert capsys.readouterr().out == ""

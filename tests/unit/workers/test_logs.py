"""The log of a worker, as text and as JSON: one line an event, with the job and the step it is about."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease, NewJob, Room, StepSpec, TakenBack
from pipeline.ffmpeg.run import Children
from tests.support.waiting import wait_until
from workers import logs
from workers.logs import about
from workers.reconciler import report
from workers.stopping import Stop
from workers.watch import Watch

log = logging.getLogger("workers.slot")


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the test sets up is gone after it."""
    monkeypatch.delenv("TELECINE_LOG", raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Log:
    """The log, set up in the test itself: before that, stderr is another."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        logs.set_up()

    def text(self) -> list[str]:
        """Lines without their times."""
        return [line[9:] for line in self._capsys.readouterr().err.splitlines()]

    def entries(self) -> list[dict[str, str]]:
        """Objects without their times."""
        read = [json.loads(line) for line in self._capsys.readouterr().err.splitlines()]
        assert all(entry.pop("time").endswith("+00:00") for entry in read)
        return read


@pytest.fixture
def as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_LOG", "json")


def test_text_says_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    log.info("before")
    with about(job="job-1", step="encode:h264:0001"):
        log.warning("%s of %d", "one", 2)
    log.info("after")
    assert told.text() == [
        "info workers.slot before",
        "warning workers.slot job=job-1 step=encode:h264:0001 one of 2",
        "info workers.slot after",
    ]


@pytest.mark.usefixtures("as_json")
def test_json_says_it_in_fields(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    with about(job="job-1", step="encode:h264:0001"):
        log.warning("%s of %d", "one", 2)
    log.info("after")
    assert told.entries() == [
        {
            "level": "warning",
            "logger": "workers.slot",
            "message": "one of 2",
            "job": "job-1",
            "step": "encode:h264:0001",
        },
        {"level": "info", "logger": "workers.slot", "message": "after"},
    ]


@pytest.mark.usefixtures("as_json")
def test_the_reconciler_s_lines_name_what_was_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    report([TakenBack(7, "job-1", "encode:h264:0001", "killed", parked=True)])
    (entry,) = told.entries()
    assert (entry["job"], entry["step"]) == ("job-1", "encode:h264:0001")


def test_steps_at_the_same_time_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    both = threading.Barrier(2)

    def work(job: str) -> None:
        with about(job=job):
            both.wait()
            log.info("at work")
            both.wait()

    threads = [threading.Thread(target=work, args=(job,)) for job in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told.text()) == ["info workers.slot job=a at work", "info workers.slot job=b at work"]


def test_what_watches_a_step_logs_about_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The watch is another thread: it ends the step, whose lease another took."""
    told = Log(capsys)
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}", lease=0.0)
    catalog.jobs.open(NewJob("job-1", "film", b"{}", [StepSpec("plan", "plan", b"")], cluster=True))
    lease = catalog.steps.claim(1, "m.1.1", Room("worker", 1, 1))
    assert isinstance(lease, Lease)
    catalog.jobs.cancel("job-1")
    children = Children()
    with about(job="job-1", step="plan"), Watch(lease, children, catalog, Stop.make()):
        wait_until(children.cancelled)
    catalog.close()
    assert told.text()[-1] == (
        "warning workers.watch job=job-1 step=plan ended from outside: another worker has it, or its job was "
        "cancelled"
    )


def test_an_encoder_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    log.error("EncodeError: %s", "bad\n12:00:00 info workers.slot job=x done\x1b[2J\r")
    assert told.text() == ["error workers.slot EncodeError: bad 12:00:00 info workers.slot job=x done [2J "]


def failing() -> None:
    try:
        raise ValueError("a reason")
    except ValueError:
        log.exception("unforeseen")


def test_tracebacks_follow_their_line_indented(capsys: pytest.CaptureFixture[str]) -> None:
    Log(capsys)
    failing()
    first, *trace = capsys.readouterr().err.splitlines()
    assert first.endswith(" error workers.slot unforeseen")
    assert all(line.startswith("    ") for line in trace)
    assert trace[-1] == "    ValueError: a reason"


@pytest.mark.usefixtures("as_json")
def test_in_json_they_are_part_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    failing()
    (entry,) = told.entries()
    assert entry["error"].startswith("Traceback (most recent call last):")
    assert entry["error"].endswith("ValueError: a reason")


def test_what_celery_says_of_every_message_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    told = Log(capsys)
    logging.getLogger("celery.app.trace").info("Task encode[1] succeeded")
    logging.getLogger("celery.worker.consumer.connection").info("Connected")
    assert told.text() == ["info celery.worker.consumer.connection Connected"]

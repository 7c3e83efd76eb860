"""Keepers tell webhooks: one at a time, and as long as they live."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ended_jobs import end_job
from receiver import SECRET, Receiver, receiving

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease, NewJob, Room, StepSpec, WorkerRecord
from pipeline.codec import to_json
from pipeline.process import machine
from pipeline.settings import Settings
from tests.support.broker import free_port
from tests.support.catalogs import step_states
from tests.support.waiting import wait_until
from workers.messenger import OFFICE, PERIOD, TROUBLED_PERIOD, Messenger

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """By the real clock, which a keeper's process goes by as well."""
    catalog = Catalog(Settings.load(tmp_path).catalog_url)
    yield catalog
    catalog.close()


@contextmanager
def keeping(root: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The keeper of a worker, its broker out of reach."""
    record = WorkerRecord("m.1.1", "m", ("cpu",), 1, 1, 1)
    keeper = subprocess.Popen(
        [sys.executable, "-m", "workers.keeper", to_json(record).decode()],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "TELECINE_ROOT": str(root),
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}",
            **environment,
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield keeper
    finally:
        keeper.kill()
        keeper.communicate()


def told(catalog: Catalog, receiver: Receiver, times: int = 1) -> bool:
    return len(receiver.received) >= times and not catalog.events.due(1)


def test_a_keeper_tells_what_is_due_and_leaves_in_order(tmp_path: Path, catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving() as receiver:
        url = f"http://anna:pa55word@127.0.0.1:{receiver.port}/hook"
        with keeping(tmp_path, TELECINE_WEBHOOK_URL=url, TELECINE_WEBHOOK_SECRET=SECRET) as keeper:
            wait_until(lambda: told(catalog, receiver), 20)
            keeper.send_signal(signal.SIGTERM)
            _, log = keeper.communicate(timeout=20)
    assert keeper.returncode == 0
    receiver.received[0].verify()
    assert "pa55word" not in log
    assert catalog.queue.lock(OFFICE, "another", 1)
    assert catalog.workers.alive() == []


def test_a_receiver_that_stalls_does_not_hold_up_the_keeper(tmp_path: Path, catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving("stall") as receiver:
        environment = {"TELECINE_WEBHOOK_URL": receiver.url, "TELECINE_WEBHOOK_SECRET": SECRET}
        with keeping(tmp_path, **environment):
            wait_until(lambda: bool(receiver.received), 20)
            hold_by_the_dead(catalog)
            wait_until(lambda: step_states(catalog, "job-2") == {"ready": 1}, 20)
            assert catalog.events.due(1)[0].tries == 0, "it has not given up the receiver yet"


def hold_by_the_dead(catalog: Catalog) -> None:
    """A step that a process of this machine held, which ended: the keeper has to take it back."""
    catalog.jobs.open(NewJob("job-2", "film", b"{}", [StepSpec("plan", "plan", b"")], cluster=True))
    dead = f"{machine()}.{2**22 + 1}.1"
    assert isinstance(catalog.steps.claim(catalog.steps.of("job-2")[0].id, dead, Room(dead, 1, 1)), Lease)


def test_who_does_not_hold_the_office_tells_nothing(catalog: Catalog) -> None:
    end_job(catalog, "job-1")
    with receiving() as receiver:
        messenger = Messenger(catalog, [receiver.hook])
        catalog.queue.lock(OFFICE, "another", 3600)
        messenger.round()
        assert receiver.received == []
        catalog.queue.unlock(OFFICE, "another")
        messenger.round()
        assert len(receiver.received) == 1


def test_what_cannot_be_used_is_tried_again_later(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    end_job(catalog, "job-1")
    with receiving() as receiver:
        messenger = Messenger(catalog, [receiver.hook])
        monkeypatch.setenv("HTTP_PROXY", "no-scheme://anna:pa55word@127.0.0.1")
        assert messenger.round() == TROUBLED_PERIOD
        monkeypatch.delenv("HTTP_PROXY")
        assert messenger.round() == PERIOD
    assert len(receiver.received) == 1
    assert "webhooks are not told" in caplog.text
    assert "pa55word" not in caplog.text

"""What a cluster promises its users while nothing is broken, and what becomes of a step that breaks it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import NewJob, StepSpec
from pipeline.codec import to_json
from pipeline.ffmpeg.child import bound_to_us
from tests.support.celery_events import heard, tasks_of
from tests.support.cluster import ROOT, Cluster, Worker
from tests.support.site import QUICK_H264, contents
from tests.support.waiting import wait_until
from tests.unit.stages.plans import job

PATIENCE = 200

SLOW = QUICK_H264.replace("quick", "slow").replace("superfast", "veryslow")
"""Encodes that one can aim at."""


@pytest.fixture
def ladder(tmp_path: Path) -> Path:
    path = tmp_path / "slow.yaml"
    path.write_text(SLOW)
    return path


def one_worker(cluster: Cluster, *options: str) -> Worker:
    worker = cluster.start_worker(*options)
    worker.wait_until_ready()
    return worker


def ended(catalog: Catalog, job: str) -> bool:
    record = catalog.jobs.get(job)
    return record is not None and record.state != "running"


def encoding_of(catalog: Catalog, job: str, worker: Worker) -> tuple[str, psutil.Process] | None:
    """The encode step of a job that runs, and the slot that runs it once its encoder does."""
    for step in catalog.steps.of(job):
        for slot in worker.slots() if step.state == "running" and step.kind == "encode" else ():
            if f".{slot.pid}." in str(step.owner) and slot.children():
                return step.name, slot
    return None


def an_encode_of(catalog: Catalog, job: str, worker: Worker) -> tuple[str, psutil.Process]:
    """The same, waited for."""
    found: list[tuple[str, psutil.Process]] = []

    def seen() -> bool:
        if step := encoding_of(catalog, job, worker):
            found.append(step)
        return bool(found)

    wait_until(seen, PATIENCE)
    return found[0]


def test_a_short_urgent_title_overtakes_a_long_one(
    cluster: Cluster, films: dict[str, Path], ladder: Path
) -> None:
    one_worker(cluster, "--concurrency", "1")
    catalog = cluster.catalog()
    long = cluster.upload(films["homecoming"], "--ladder", ladder)
    wait_until(lambda: "encode" in {s.kind for s in catalog.steps.of(long) if s.state == "running"}, PATIENCE)
    urgent = cluster.upload(films["arrival"], "--ladder", ladder, "--priority", "9")
    wait_until(lambda: ended(catalog, urgent), PATIENCE)
    done = catalog.jobs.get(urgent)
    assert done is not None
    assert done.state == "done"
    meanwhile = [a.step for a in catalog.steps.attempts(long) if done.created < a.started < (done.ended or 0)]
    # What had been handed out already may begin before the urgent title's first step is announced.
    assert len([step for step in meanwhile if step.startswith("encode:")]) <= 1
    catalog.close()


def test_the_same_master_is_neither_sent_nor_encoded_twice(
    cluster: Cluster, films: dict[str, Path], ladder: Path
) -> None:
    one_worker(cluster)
    catalog = cluster.catalog()
    for title in ("first", "second"):
        done = cluster.telecine("upload", films["arrival"], "--ladder", ladder, "--title", title)
        assert done.returncode == 0, done.stderr
    first, second = sorted(catalog.jobs.recent(2), key=lambda job: job.created)
    assert (second.title, second.frames, second.cpu) == ("second", 0, pytest.approx(0, abs=2))
    assert first.frames == 24 * 25
    assert len(list((cluster.root / "masters").iterdir())) == 1
    published = contents(cluster.root / "titles")
    assert {name.partition("/")[0] for name in published} == {"first", "second"}
    catalog.close()


def test_short_steps_need_no_message_and_are_shown_all_the_same(cluster: Cluster) -> None:
    """Flower takes its view from Celery's events alone."""
    steps = [StepSpec(f"noop:{number:04d}", "noop", b"null") for number in range(200)]
    catalog = cluster.catalog()
    events: list[dict[str, Any]] = []
    with idle_worker(cluster) as worker, heard(cluster.broker.url, events):
        wait_until(lambda: len(catalog.workers.alive()) == 1, PATIENCE)
        # Nobody is told of it: the reconciler finds the first steps.
        catalog.jobs.open(NewJob("job", "film", to_json(job()), steps, cluster=True))
        catalog.queue.forget_sent(0.0)
        wait_until(lambda: ended(catalog, "job"), PATIENCE)
        wait_until(lambda: tasks_of(events, "task-succeeded").total() >= len(steps), PATIENCE)
    every = {("noop", f"('film', '{number:04d}')"): 1 for number in range(200)}
    for kind in ("task-received", "task-started", "task-succeeded"):
        assert tasks_of(events, kind) == every
    messages = [e for e in events if e["type"] == "task-received" and e["pid"] == worker]
    assert 0 < len(messages) < len(steps) / 2
    catalog.close()


@contextmanager
def idle_worker(cluster: Cluster) -> Iterator[int]:
    """A worker whose steps may do nothing; its process id."""
    command = bound_to_us([sys.executable, "-m", "benchmarks.noop", "ours", "1"])
    with subprocess.Popen(command, cwd=ROOT, env=cluster.environment, stderr=subprocess.DEVNULL) as worker:
        try:
            yield worker.pid
        finally:
            worker.terminate()


def test_an_orderly_stop_gives_back_what_runs(cluster: Cluster, films: dict[str, Path], ladder: Path) -> None:
    worker = one_worker(cluster)
    catalog = cluster.catalog()
    job = cluster.upload(films["homecoming"], "--ladder", ladder)
    wait_until(lambda: encoding_of(catalog, job, worker) is not None, PATIENCE)
    worker.stop()
    assert {step.state for step in catalog.steps.of(job)} == {"done", "ready", "waiting"}
    assert catalog.workers.alive() == []
    returned = [a for a in catalog.steps.attempts(job) if a.outcome == "returned"]
    assert [attempt.error for attempt in returned] == [None] * len(returned)
    record = catalog.jobs.get(job)
    assert record is not None
    assert (record.state, record.lost, record.retries) == ("running", 0, 0)
    catalog.close()


def test_a_step_that_kills_its_process_twice_is_parked_until_somebody_says_otherwise(
    cluster: Cluster, films: dict[str, Path], ladder: Path
) -> None:
    worker = one_worker(cluster, "--concurrency", "1")
    catalog = cluster.catalog()
    job = cluster.upload(films["arrival"], "--ladder", ladder)
    for _ in range(2):
        name = kill_slot_of_encode(catalog, job, worker)
    (parked,) = (step for step in catalog.steps.of(job) if step.state == "parked")
    assert parked.name == name == "encode:h264:0001"
    assert parked.error == (
        f"attempts 1, 2 of {name} ended so: the process that ran it ended without a word; it is not tried "
        "again until the job is retried"
    )
    status = cluster.telecine("status", job)
    assert "it is not tried again until the job is retried" in status.stdout
    again = cluster.telecine("retry", job)
    assert again.returncode == 0, again.stderr
    wait_until(lambda: ended(catalog, job), PATIENCE)
    record = catalog.jobs.get(job)
    assert record is not None
    assert record.state == "done"
    catalog.close()


def kill_slot_of_encode(catalog: Catalog, job: str, worker: Worker) -> str:
    """As the kernel does where memory runs out; the name of the step, once its end is on record."""
    name, slot = an_encode_of(catalog, job, worker)
    children = slot.children(recursive=True)
    slot.send_signal(signal.SIGKILL)
    assert psutil.wait_procs(children, timeout=10)[1] == []
    wait_until(lambda: killed(catalog, job, name, slot.pid), PATIENCE)
    return name


def killed(catalog: Catalog, job: str, name: str, slot: int) -> bool:
    """Whether it is on record that the step's process was lost."""
    attempts = [a for a in catalog.steps.attempts(job) if a.step == name and f".{slot}." in a.owner]
    return [attempt.outcome for attempt in attempts] == ["killed"]


def test_a_cancelled_job_ends_its_encoders(cluster: Cluster, films: dict[str, Path], ladder: Path) -> None:
    worker = one_worker(cluster)
    catalog = cluster.catalog()
    job = cluster.upload(films["homecoming"], "--ladder", ladder)
    wait_until(lambda: encoding_of(catalog, job, worker) is not None, PATIENCE)
    encoders = worker.encoders()
    cancelled = cluster.telecine("cancel", job)
    assert cancelled.returncode == 0, cancelled.stderr
    assert psutil.wait_procs(encoders, timeout=30)[1] == []
    assert {step.state for step in catalog.steps.of(job)} == {"done", "stopped"}
    catalog.close()

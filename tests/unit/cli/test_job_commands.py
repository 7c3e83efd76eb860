"""`telecine jobs`, `status`, `logs`, `cancel` and `retry`, on jobs of a real catalog."""

import json
from pathlib import Path

import pytest

from pipeline.catalog.records import Cost, Failure, NewJob, StepSpec
from pipeline.codec import to_json
from pipeline.job import JobSpec
from pipeline.runner.site import Site
from tests.support.catalogs import step_states
from tests.unit.cli.client import Client
from tests.unit.runner.jobs import encode
from workers.messages import breaker


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    breaker.close()


def add(site: Site, job: str, title: str = "film", *, cluster: bool = True) -> str:
    """A job of two steps, the second waiting for the first."""
    spec = JobSpec(title=title, master="masters/00/film.mov", size=1, mtime=0, ladders=(), tools="")
    steps = [
        StepSpec("encode:h264:0001", "encode", b""),
        StepSpec("package:video/h264-90", "package", b"", after=("encode:h264:0001",)),
    ]
    site.catalog.jobs.open(NewJob(job, title, to_json(spec), steps, cluster=cluster))
    return job


def columns(text: str) -> list[list[str]]:
    """A table's cells, without those of times."""
    return [line.split()[:5] for line in text.splitlines()]


def test_jobs_are_listed_newest_first(client: Client, site: Site) -> None:
    add(site, "job-1")
    add(site, "job-2", "other")
    site.catalog.jobs.cancel("job-1")
    assert columns(client.run("jobs").stdout) == [
        ["JOB", "TITLE", "STATE", "STEPS", "PRIORITY"],
        ["job-2", "other", "running", "0/2", "5"],
        ["job-1", "film", "cancelled", "0/2", "5"],
    ]
    assert columns(client.run("jobs", "--limit", "1").stdout)[1][0] == "job-2"
    assert columns(client.run("jobs", "--state", "cancelled", "--state", "failed").stdout)[1][0] == "job-1"
    assert client.run("jobs", "--title", "nothing").stdout == ""


def test_jobs_as_json(client: Client, site: Site) -> None:
    add(site, "job-1")
    (line,) = client.run("jobs", "--json").stdout.splitlines()
    told = json.loads(line)
    assert told.pop("created") > 1.7e9
    assert told == {
        "id": "job-1",
        "title": "film",
        "state": "running",
        "priority": 5,
        "cluster": True,
        "ended": None,
        "error": None,
        "total": 2,
        "done": 0,
        "retries": 0,
        "lost": 0,
        "frames": 0,
        "cpu": 0.0,
        "size": 0,
    }


@pytest.mark.parametrize("typed", ["job-3f2a", "3f2a", "job-3f", "job-3f2a99"])
def test_a_job_is_meant_by_the_beginning_of_its_id(client: Client, site: Site, typed: str) -> None:
    add(site, "job-3f2a99")
    add(site, "job-77aa00")
    assert client.run("status", typed).stdout.startswith("job-3f2a99  film: running, priority 5\n")


@pytest.mark.parametrize("command", ["status", "logs", "cancel", "retry"])
def test_beginnings_of_several_ids_and_of_none(client: Client, site: Site, command: str) -> None:
    add(site, "job-3f2a99")
    add(site, "job-3f2b00")
    several = client.run(command, "3f2", code=2)
    told = "telecine: '3f2' could be any of job-3f2a99, job-3f2b00: type more of the id\n"
    assert several.stderr == told
    none = client.run(command, "job-4", code=2)
    assert none.stderr == "telecine: 'job-4': no such job; `telecine jobs` lists them\n"


@pytest.mark.parametrize("words", ["jobs", "status x", "titles", "show film", "gc", "delete film", "retry x"])
def test_where_there_is_no_site_none_is_made(client: Client, tmp_path: Path, words: str) -> None:
    result = client.run(*words.split(), "-o", tmp_path / "nowhere", code=2)
    assert result.stderr == (
        f"telecine: {tmp_path}/nowhere: no site is there; name its folder with -o or TELECINE_ROOT\n"
    )
    assert not (tmp_path / "nowhere").exists()


def test_how_a_job_stands(client: Client, site: Site) -> None:
    job = add(site, "job-1")
    lease = client.hold(job, "host.7.8")
    site.catalog.steps.put_off(lease, Failure("the disk is slow", "StorageError"), 0)
    client.hold(job, "host.7.8")
    lines = [line.rstrip() for line in client.run("status", job).stdout.splitlines()]
    assert lines[0] == "job-1  film: running, priority 5"
    assert lines[1] == "master   masters/00/film.mov"
    assert lines[3] == "figures  1 retry, 0 leases lost, 0.0 s of CPU, 0 B encoded"
    assert [line.split() for line in lines[5:8]] == [["STEPS", "DONE"], ["encode", "0/1"], ["package", "0/1"]]
    assert lines[10].split()[::2] == ["encode:h264:0001", "2"]
    assert lines[10].endswith("host.7.8")
    assert lines[13].split()[2:5] == ["encode:h264:0001", "1", "retried"]
    assert lines[13].endswith("the disk is slow")


def test_how_a_job_stands_as_json(client: Client, site: Site) -> None:
    job = add(site, "job-1")
    client.fail(job, Failure("it broke", "EncodeError", "ffmpeg: no"))
    told = json.loads(client.run("status", job, "--json").stdout)
    assert (told["state"], told["error"], told["states"]) == (
        "failed",
        "it broke",
        {"failed": 1, "stopped": 1},
    )
    assert told["steps"] == [
        {"kind": "encode", "done": 0, "total": 1},
        {"kind": "package", "done": 0, "total": 1},
    ]
    (trouble,) = told["troubles"]
    assert trouble.pop("at") > 1.7e9
    assert trouble == {
        "step": "encode:h264:0001",
        "attempt": 1,
        "outcome": "failed",
        "error": "EncodeError",
        "message": "it broke",
    }
    assert (told["running"], told["speed"]) == ([], None)


def test_speed_is_that_of_a_job_s_encodes(client: Client, master: Path) -> None:
    job = client.upload(master)
    client.work(job)
    told = json.loads(client.run("status", job, "--json").stdout)
    assert (told["state"], told["frames"]) == ("done", 25)
    assert told["encoding"] > 0
    assert all(kind["done"] == kind["total"] for kind in told["steps"])


def test_what_happened_in_order(client: Client, site: Site) -> None:
    job = add(site, "job-1")
    failure = Failure("the disk is slow", "StorageError", "ffmpeg -i x\nexit code 1\n")
    site.catalog.steps.put_off(client.hold(job), failure, 0)
    site.catalog.steps.finish(client.hold(job), b"null", cost=Cost())
    told = [line[21:] for line in client.run("logs", job).stdout.splitlines()]
    assert [line.partition(" after ")[0] for line in told] == [
        "encode:h264:0001, attempt 1: begun by host.1.2",
        "encode:h264:0001, attempt 1: retried",
        "encode:h264:0001, attempt 2: begun by host.1.2",
        "encode:h264:0001, attempt 2: done",
    ]
    assert told[1].endswith(": the disk is slow")
    evident = client.run("logs", job, "--evidence").stdout.splitlines()
    assert evident[2:4] == ["    ffmpeg -i x", "    exit code 1"]


def test_events_of_a_job_are_in_its_log(client: Client, site: Site) -> None:
    job = add(site, "job-1")
    site.catalog.events.append(job, b'{"event":"warning","message":"an odd master"}')
    site.catalog.events.append(job, b'{"event":"failed","error":"X","message":"it broke","exit_code":1}')
    site.catalog.events.append(job, b'{"event":"of a newer version"}')
    told = [line[21:] for line in client.run("logs", job).stdout.splitlines()]
    assert told == ["warning: an odd master", "failed: it broke"]


def test_a_job_is_cancelled_once_and_continued(client: Client, site: Site) -> None:
    job = add(site, "job-1")
    assert client.run("cancel", "job").stdout == "job-1: cancelled\n"
    assert client.run("cancel", "job").stdout == "job-1: was cancelled before\n"
    result = client.run("retry", "job")
    assert result.stdout == "job-1: goes on; see `telecine status job-1`\n"
    assert result.stderr == "The broker is away: workers begin as soon as it is back.\n"
    again = client.run("retry", "job", code=2)
    assert again.stderr == "telecine: job-1 neither failed nor was cancelled: it is running\n"
    assert step_states(site.catalog, job) == {"ready": 1, "waiting": 1}


def test_a_job_goes_on_without_anything_that_ever_was_a_broker(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    client.fail(add(site, "job-1"), Failure("it broke"))
    assert client.run("retry", "job").stderr == "The broker is away: workers begin as soon as it is back.\n"
    assert step_states(site.catalog, "job-1") == {"ready": 1, "waiting": 1}


def test_what_is_over_is_not_cancelled(client: Client, site: Site) -> None:
    client.fail(add(site, "job-1"), Failure("it broke"))
    result = client.run("cancel", "job", code=2)
    assert result.stderr == "telecine: job-1 is over already: it is failed\n"


def test_a_job_of_encode_is_for_encode_to_continue(client: Client, site: Site, master: Path) -> None:
    encode(site, master)
    (job,) = site.catalog.jobs.recent(1)
    assert "it is done" in client.run("retry", job.id, code=2).stderr
    site.catalog.jobs.forget(job.id)
    add(site, "job-2", cluster=False)
    site.catalog.jobs.cancel("job-2")
    told = "telecine: job-2 is not for workers: continue it with `telecine encode masters/00/film.mov`\n"
    assert client.run("retry", "job-2", code=2).stderr == told


@pytest.mark.parametrize("steps", [2, 4], ids=["inspected", "planned"])
def test_what_was_lost_since_is_made_again(client: Client, site: Site, master: Path, steps: int) -> None:
    """A job that failed is continued with what it made; where that is gone, from the beginning."""
    job = client.upload(master)
    for _ in range(steps):
        client.do_next(job)
    client.fail(job, Failure("it broke"))
    for key in client.files("artifacts"):
        site.storage.delete(key)
    client.run("retry", job)
    client.work(job)
    assert [record.job for record in site.catalog.titles.published()] == [job]

"""`telecine upload`: a master's way to the workers, and what the client shows of theirs."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from pipeline.catalog.records import Failure
from pipeline.codec import to_json
from pipeline.events import Progress
from tests.support.broker import Broker
from tests.support.catalogs import step_states
from tests.support.waiting import wait_until
from tests.unit.cli.client import Client
from workers import follow
from workers.live import channel
from workers.messages import breaker


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog is asked often, and the broker anew."""
    monkeypatch.setattr(follow, "POLL", 0.05)
    breaker.close()


def options(client: Client, *more: str) -> list[str]:
    return ["--title", "film", "--ladder", str(client.folder / "tiny30.yaml"), *more]


def job_of(client: Client) -> str:
    wait_until(lambda: bool(client.site.catalog.jobs.recent(1)), 30)
    return client.site.catalog.jobs.recent(1)[0].id


def once_followed(client: Client) -> str:
    """A job whose upload was given again, with another priority: nothing but to be followed is left of it."""
    wait_until(lambda: client.site.catalog.jobs.recent(1)[0].priority == 7, 30)
    return job_of(client)


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Something that goes on elsewhere while the block runs."""
    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_detached_upload_leaves_a_job_to_the_workers(client: Client, master: Path) -> None:
    job = client.upload(master, "--priority", "8")
    record = client.site.catalog.jobs.get(job)
    assert record is not None
    assert (record.title, record.state, record.priority, record.cluster) == ("film", "running", 8, True)
    (stored,) = client.files("masters")
    assert (client.site.settings.root / stored).read_bytes() == master.read_bytes()
    assert client.files("tmp") == set()


def test_where_the_broker_is_away_the_job_is_recorded_all_the_same(client: Client, master: Path) -> None:
    result = client.run("upload", master, "--detach", *options(client))
    assert "The broker is away: workers begin as soon as it is back." in result.stderr
    assert step_states(client.site.catalog, result.stdout.strip()) == {"ready": 1}


def test_without_any_site_nothing_is_sent(
    client: Client, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    result = client.run("upload", master, *options(client), code=2)
    assert "no site runs in" in result.stderr
    assert client.files("masters") == set()


def test_a_job_is_followed_to_its_end(client: Client, master: Path) -> None:
    with meanwhile(lambda: client.work(job_of(client))):
        result = client.run("upload", master, *options(client))
    root = client.site.settings.root / "titles/film"
    assert result.stdout == f"HLS   {root}/master.m3u8\nDASH  {root}/manifest.mpd\n"
    told = [line.partition(":")[0] for line in result.stderr.splitlines()]
    assert told[:2] == ["master read", "uploaded"]
    assert told.count("encode") == 1
    assert (root / "master.m3u8").is_file()


def test_json_and_nothing_else(client: Client, master: Path) -> None:
    with meanwhile(lambda: client.work(job_of(client))):
        result = client.run("upload", master, "--json", *options(client))
    told = events(result.stdout)
    kinds = [event["event"] for event in told]
    assert (kinds[0], kinds[-1], kinds.count("job-started")) == ("uploading", "published", 1)
    finished = [str(event["step"]) for event in told if event["event"] == "step-finished"]
    assert finished == [
        "ingest",
        "inspect",
        "checksum",
        "plan",
        "poster",
        "encode:h264:0001",
        "package:video/h264-90:0001",
        "manifests",
        "check",
        "verify:video/h264-90:0001",
        "publish",
    ]


def test_a_job_that_is_done_is_told_at_once(client: Client, master: Path) -> None:
    version = client.publish(master)
    told = events(client.run("upload", master, "--json", *options(client)).stdout)
    assert [event["event"] for event in told][-1] == "published"
    assert told[-1]["version"] == version
    assert sum(event["event"] == "planned" for event in told) == 1


def test_a_stored_master_is_not_sent_again(client: Client, master: Path) -> None:
    client.upload(master)
    (stored,) = client.files("masters")
    before = (client.site.settings.root / stored).stat()
    client.upload(master)
    assert (client.site.settings.root / stored).stat() == before


def test_given_again_it_has_the_priority_that_is_given(client: Client, master: Path) -> None:
    job = client.upload(master, "--priority", "2")
    assert client.upload(master) == job
    assert client.site.catalog.jobs.recent(1)[0].priority == 2
    assert client.upload(master, "--priority", "9") == job
    assert client.site.catalog.jobs.recent(1)[0].priority == 9


@pytest.mark.parametrize(
    ("kind", "code"), [("EncodeError", 4), ("DiskFullError", 7), ("ZeroDivisionError", 1)]
)
def test_a_job_that_fails_ends_the_command_as_its_error_would(
    client: Client, master: Path, kind: str, code: int
) -> None:
    client.upload(master)
    with meanwhile(lambda: client.fail(once_followed(client), Failure("it broke", kind))):
        result = client.run("upload", master, "--json", *options(client, "--priority", "7"), code=code)
    told = events(result.stdout)
    assert told[-1] == {"event": "failed", "error": kind, "message": "it broke", "exit_code": code}
    assert [event["event"] for event in told].count("failed") == 1
    job = job_of(client)
    assert result.stderr.splitlines()[-1] == f"telecine: it broke; `telecine retry {job}` continues the job"


def test_a_job_that_failed_before_is_continued(client: Client, master: Path) -> None:
    job = client.upload(master)
    client.fail(job, Failure("it broke", "EncodeError"))
    assert client.upload(master) == job
    client.work(job)
    assert client.run("upload", master, *options(client)).stdout.startswith("HLS   ")


def test_a_job_that_is_cancelled_ends_the_command(client: Client, master: Path) -> None:
    client.upload(master)
    with meanwhile(lambda: client.site.catalog.jobs.cancel(once_followed(client))):
        result = client.run("upload", master, *options(client, "--priority", "7"), code=130)
    assert "telecine: the job was cancelled; `telecine retry job-" in result.stderr


def test_the_end_of_the_view_is_not_that_of_the_job(
    client: Client, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(follow.Follower, "events", interrupted)
    result = client.run("upload", master, "--json", *options(client), code=130)
    job = job_of(client)
    told = f"not watching any more, the job goes on: telecine status {job}"
    assert events(result.stdout)[-1]["message"] == told
    assert result.stderr.splitlines()[-1] == f"telecine: {told}"
    assert client.site.catalog.jobs.recent(1)[0].state == "running"


def test_what_workers_tell_is_shown_live(
    client: Client, master: Path, broker_port: int, tmp_path: Path
) -> None:
    broker = Broker(tmp_path / "redis", port=broker_port)
    broker.start()
    try:
        with meanwhile(lambda: _encode_live(client, broker)):
            result = client.run("upload", master, "--json", *options(client))
    finally:
        broker.kill()
    assert "broker is away" not in result.stderr
    progress = {"event": "progress", "step": "encode:h264:0001", "frames": 7, "total": 25}
    assert progress in events(result.stdout)


def _encode_live(client: Client, broker: Broker) -> None:
    """Tell of progress until somebody hears it, then do the job."""
    job = job_of(client)
    body = to_json(Progress(step="encode:h264:0001", frames=7, total=25))
    with Redis.from_url(broker.url) as told:
        wait_until(lambda: bool(told.publish(channel(job), body)), 30)
    client.work(job)

"""A job in one process: what ends it, what it leaves, and what other processes do to it meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, NewJob, StepSpec
from pipeline.codec import from_json
from pipeline.errors import BadMasterError, StoppedError, StorageError, TelecineError
from pipeline.events import Event, JobStarted, Planned, Published, StepFinished, StepStarted
from pipeline.runner.site import Site
from tests.unit.runner.jobs import encode, site_in, spec_of

Media = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = site_in(tmp_path)
    yield site
    site.catalog.close()


@pytest.fixture
def master(media: Media, tmp_path: Path) -> Path:
    """A file of this test's own, for it to change."""
    second = media("second.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg4")
    copy = tmp_path / "second.mp4"
    copy.write_bytes(second.read_bytes())
    return copy


def kinds(events: list[Event], kind: type[StepStarted | StepFinished]) -> list[str]:
    return [event.kind for event in events if isinstance(event, kind)]


def test_the_events_of_a_job(site: Site, master: Path) -> None:
    published, events = encode(site, master)
    assert isinstance(events[0], JobStarted)
    assert events[-1] == published
    assert sum(isinstance(event, Planned) for event in events) == 1
    expected = [
        "ingest",
        "inspect",
        "plan",
        "poster",
        "encode",
        "package",
        "manifests",
        "check",
        "verify",
        "publish",
    ]
    assert kinds(events, StepStarted) == kinds(events, StepFinished) == expected
    assert Path(published.hls).is_file()
    assert Path(published.dash).is_file()
    assert [record.version for record in site.catalog.titles.published()] == [published.version]


def test_nothing_temporary_is_left(site: Site, master: Path) -> None:
    encode(site, master)
    assert list((site.settings.root / "tmp").iterdir()) == []


def test_a_second_job_in_the_same_process_works(site: Site, master: Path, tmp_path: Path) -> None:
    """The first removed its scratch folder when it ended."""
    encode(site, master)
    other = tmp_path / "other.mp4"
    other.write_bytes(master.read_bytes())
    published, events = encode(site, other)
    assert isinstance(published, Published)
    assert [
        event.reused for event in events if isinstance(event, StepFinished) and event.kind == "encode"
    ] == [True]


def when(kind: str, event_type: type[Event], act: Callable[[], None]) -> Callable[[Event], None]:
    """Do something as soon as a step of that kind starts, or has finished."""

    def take(event: Event) -> None:
        if isinstance(event, event_type) and getattr(event, "kind", "") == kind:
            act()

    return take


@pytest.mark.parametrize("kind", ["ingest", "encode"])
def test_a_master_that_changes_meanwhile_is_refused(site: Site, master: Path, kind: str) -> None:
    with pytest.raises(BadMasterError, match="the file changed since the job began; run the command again"):
        encode(site, master, when(kind, StepStarted, lambda: os.utime(master, ns=(1, 1))))
    assert list(site.storage.list("titles")) == []
    # Under the next attempt's name there is nothing made of the other content.
    _, events = encode(site, master)
    assert [
        event.reused for event in events if isinstance(event, StepFinished) and event.kind == "encode"
    ] == [False]


def test_a_master_that_vanishes_is_told(site: Site, master: Path) -> None:
    with pytest.raises(TelecineError, match="No such file or directory"):
        encode(site, master, when("encode", StepStarted, master.unlink))


def test_a_refused_master_leaves_no_job(site: Site, master: Path) -> None:
    spec = spec_of(master)
    with pytest.raises(BadMasterError):
        encode(site, master, when("ingest", StepStarted, lambda: os.utime(master, ns=(1, 1))))
    assert site.catalog.jobs.get(spec.id) is None


@pytest.mark.timeout(60)
def test_a_step_that_fails_in_another_process_ends_the_job(site: Site, master: Path) -> None:
    job = spec_of(master).id

    def fail_next_elsewhere() -> None:
        other = Catalog(site.settings.catalog_url)
        lease = other.steps.claim_next(job, "another process")
        assert lease is not None
        other.steps.fail(lease, Failure("its disk is full"))
        other.close()

    with pytest.raises(TelecineError, match="inspect failed in another process: its disk is full"):
        encode(site, master, when("ingest", StepFinished, fail_next_elsewhere))
    # And the same command tries it again.
    assert isinstance(encode(site, master)[0], Published)


@pytest.mark.timeout(60)
def test_a_job_that_another_process_forgets_ends(site: Site, master: Path) -> None:
    """There the same master was found to be bad."""
    job = spec_of(master).id
    with pytest.raises(TelecineError, match="ended without having published"):
        encode(site, master, when("inspect", StepStarted, lambda: site.catalog.jobs.forget(job)))


@pytest.mark.timeout(60)
def test_a_job_that_is_cancelled_ends_and_the_same_command_continues_it(site: Site, master: Path) -> None:
    job = spec_of(master).id
    with pytest.raises(StoppedError, match="the job was cancelled"):
        encode(site, master, when("inspect", StepFinished, lambda: site.catalog.jobs.cancel(job)))
    _, events = encode(site, master)
    assert kinds(events, StepStarted)[0] == "plan"


def stop_at(kind: str) -> Callable[[Event], None]:
    def stop() -> None:
        raise StoppedError("stopped")

    return when(kind, StepStarted, stop)


@pytest.mark.parametrize("lost", ["plan", "encode"])
def test_what_was_deleted_before_the_end_is_made_again(site: Site, master: Path, lost: str) -> None:
    job = spec_of(master).id
    with pytest.raises(StoppedError):
        encode(site, master, stop_at("manifests"))
    (step,) = (step for step in site.catalog.steps.of(job) if step.kind == lost)
    shutil.rmtree(site.settings.root / "artifacts" / from_json(step.result or b"", str))
    _, events = encode(site, master)
    made = {event.kind: not event.reused for event in events if isinstance(event, StepFinished)}
    assert made["poster"] is False
    assert made["encode"] is (lost == "encode")


def test_a_version_deleted_before_the_end_is_packaged_again(site: Site, master: Path) -> None:
    with pytest.raises(StoppedError):
        encode(site, master, stop_at("check"))
    shutil.rmtree(site.settings.root / "titles")
    _, events = encode(site, master)
    made = {event.kind: not event.reused for event in events if isinstance(event, StepFinished)}
    assert made["encode"] is False
    assert made["package"] is True


def test_a_stopped_job_goes_on_where_it_was(site: Site, master: Path) -> None:
    with pytest.raises(StoppedError):
        encode(site, master, stop_at("manifests"))
    _, events = encode(site, master)
    assert kinds(events, StepStarted) == ["manifests", "check", "verify", "publish"]


def test_a_listener_that_fails_ends_the_job_and_holds_no_step(site: Site, master: Path) -> None:
    """Such as a pipe whose reader went away."""

    def break_pipe() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        encode(site, master, when("encode", StepStarted, break_pipe))
    assert isinstance(encode(site, master)[0], Published)


def test_a_heartbeat_that_fails_is_made_up_for(
    site: Site, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = []

    def renew(_: object) -> None:
        beats.append(1)
        raise StorageError("the database is busy")

    monkeypatch.setattr(site.catalog, "lease", 0.03)
    monkeypatch.setattr(site.catalog.steps, "renew", renew)
    encode(site, master)
    assert len(beats) > 1


def test_artifacts_may_be_deleted_once_the_title_is_published(site: Site, master: Path) -> None:
    first, _ = encode(site, master)
    shutil.rmtree(site.settings.root / "artifacts")
    again, events = encode(site, master)
    assert again == first
    assert kinds(events, StepStarted) == []


def publish_another(site: Site) -> None:
    """As a job of the same title does."""
    site.catalog.jobs.open(NewJob("job-other", "film", b"{}", [StepSpec("publish", "publish", b"")]))
    lease = site.catalog.steps.claim_next("job-other", "another process")
    assert lease is not None
    site.catalog.titles.publish(lease, "another", b"{}")


def test_a_title_that_shows_another_version_is_published_again(site: Site, master: Path) -> None:
    first, _ = encode(site, master)
    publish_another(site)
    again, events = encode(site, master)
    assert again == first
    assert "publish" in kinds(events, StepFinished)
    assert [record.version for record in site.catalog.titles.published()] == [first.version]

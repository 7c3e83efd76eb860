"""Killed at any moment, the same command continues to the same bytes; finished work is not done again."""

import json
import os
import random
import signal
import subprocess
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import psutil
import pytest

from tests.support.site import Site, contents

KILLS = 5
SEED = 20_261


@pytest.fixture(scope="module")
def undisturbed(short_master: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    site = Site(tmp_path_factory.mktemp("undisturbed"))
    site.encode(short_master)
    return contents(site.root / "titles")


def test_kills_at_random_moments_end_in_the_same_bytes(
    site: Site, short_master: Path, undisturbed: dict[str, bytes]
) -> None:
    chance = random.Random(SEED)
    finished: list[str] = []
    for _ in range(KILLS):
        with _started(site, short_master) as process:
            events = _until(process.stdout, chance.randint(1, 40))
            # Not at an event, but somewhere after it: within an encode, a write, a commit.
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(0, 0.5))
            process.kill()
            events += _events(process.stdout)
        finished += [e["step"] for e in events if e["event"] == "step-finished" and not e["reused"]]
    last = site.encode(short_master)
    finished += [str(e["step"]) for e in last if e["event"] == "step-finished" and not e["reused"]]
    assert contents(site.root / "titles") == undisturbed
    # A step whose end was recorded is never done again.
    assert len(finished) == len(set(finished))
    assert _remains(site) == []


def test_a_second_run_of_a_finished_job_does_no_step(site: Site, short_master: Path) -> None:
    site.encode(short_master)
    again = site.encode(short_master)
    assert [e["event"] for e in again] == ["job-started", "planned", "published"]


def test_a_touched_master_is_planned_again_and_encoded_never(
    site: Site, short_master: Path, undisturbed: dict[str, bytes]
) -> None:
    site.encode(short_master)
    os.utime(short_master)
    again = site.encode(short_master)
    encodes = [
        e for e in again if e["event"] == "step-finished" and e["kind"] in ("encode", "audio", "package")
    ]
    assert encodes
    assert all(e["reused"] for e in encodes)
    assert contents(site.root / "titles") == undisturbed


def test_a_deleted_title_is_packaged_again(
    site: Site, short_master: Path, undisturbed: dict[str, bytes]
) -> None:
    site.encode(short_master)
    for path in sorted((site.root / "titles").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    again = site.encode(short_master)
    assert all(e["reused"] for e in again if e["event"] == "step-finished" and e["kind"] == "encode")
    assert contents(site.root / "titles") == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_children_and_the_same_command_continues(
    site: Site, short_master: Path, undisturbed: dict[str, bytes], number: signal.Signals
) -> None:
    with _started(site, short_master) as process:
        events = _until_progress(process.stdout)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(number)
        events += _events(process.stdout)
        assert process.wait(timeout=60) == 130
    _, alive = psutil.wait_procs(children, timeout=2)
    assert alive == []
    assert events[-1]["event"] == "failed"
    assert events[-1]["error"] == "StoppedError"
    site.encode(short_master)
    assert contents(site.root / "titles") == undisturbed


def test_encoders_die_with_a_killed_parent(site: Site, short_master: Path) -> None:
    with _started(site, short_master) as process:
        _until_progress(process.stdout)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert len(gone) == len(children) > 0
    assert alive == []


def test_two_commands_at_once_share_the_work(
    site: Site, short_master: Path, undisturbed: dict[str, bytes]
) -> None:
    with _started(site, short_master) as one, _started(site, short_master) as two:
        events = [_events(p.stdout) for p in (one, two)]
        assert [p.wait(timeout=300) for p in (one, two)] == [0, 0]
    done = [e["step"] for run in events for e in run if e["event"] == "step-finished"]
    assert len(done) == len(set(done))
    assert contents(site.root / "titles") == undisturbed


def _started(site: Site, master: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        site.command(master, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        # A shell has what it runs in the background ignore interrupts, and children inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def _until(stdout: IO[str] | None, count: int) -> list[dict[str, str]]:
    """At most `count` events."""
    assert stdout
    return [json.loads(line) for line, _ in zip(stdout, range(count), strict=False)]


def _until_progress(stdout: IO[str] | None) -> list[dict[str, str]]:
    assert stdout
    events = []
    for line in stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "progress":
            break
    return events


def _events(stdout: IO[str] | None) -> list[dict[str, str]]:
    """The rest; a killed process may leave half a line."""
    assert stdout
    return [json.loads(line) for line in stdout if line.endswith("}\n")]


def _remains(site: Site) -> list[Path]:
    return list((site.root / "tmp").iterdir())

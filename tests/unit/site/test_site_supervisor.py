"""Parts start in order, are started again when they end, stop in reverse, never outlive their supervisor."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import is_gone, wait_until
from tests.unit.site.running import FOREVER, STUBBORN, Running, part

Start = Callable[..., Running]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_parts_start_in_order_and_stop_in_reverse(running: Start, number: signal.Signals) -> None:
    site = running([part("broker", FOREVER)], [part("origin", FOREVER)], [part("worker-1", FOREVER)])
    site.wait_for("all ready")
    assert site.end(number) == 0
    assert site.told == [
        "broker    started as process",
        "broker    up",
        "broker    ready",
        "origin    started as process",
        "origin    up",
        "origin    ready",
        "worker-1  started as process",
        "worker-1  up",
        "worker-1  ready",
        f"site      {number.name}: stopping; once more stops at once",
        "worker-1  was killed by SIGTERM",
        "origin    was killed by SIGTERM",
        "broker    was killed by SIGTERM",
    ]


def test_parts_of_a_stage_start_together(running: Start, tmp_path: Path) -> None:
    """Each is ready only after the other has begun."""
    script = """
import pathlib, time
pathlib.Path({mine!r}).touch()
while not pathlib.Path({other!r}).exists(): time.sleep(0.01)
print('up'); time.sleep(600)
"""
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    first = part("one", script.format(mine=one, other=two))
    site = running([first, part("two", script.format(mine=two, other=one))])
    site.wait_for("all ready")
    assert site.end(signal.SIGTERM) == 0


def test_what_is_ignored_from_the_start_stays_ignored(running: Start) -> None:
    site = running([part("broker", FOREVER)], before="nohup")
    site.wait_for("all ready")
    assert site.end(signal.SIGHUP, signal.SIGTERM) == 0
    assert "SIGTERM: stopping" in site.log
    assert "SIGHUP" not in site.log


def test_a_part_that_ends_is_started_again_and_again_later(running: Start) -> None:
    site = running([part("broker", FOREVER)], [part("origin", FOREVER)])
    site.wait_for("all ready")
    for times in range(2, 6):
        os.kill(site.pids("origin")[-1], signal.SIGKILL)
        site.wait_for("origin    ready", times)
    assert [line for line in site.told if "again" in line] == [
        "origin    was killed by SIGKILL; starts again in 0.1 s",
        "origin    was killed by SIGKILL; starts again in 0.2 s",
        "origin    was killed by SIGKILL; starts again in 0.4 s",
        "origin    was killed by SIGKILL; starts again in 0.4 s",
    ]
    assert len(set(site.pids("origin"))) == 5
    assert len(site.pids("broker")) == 1
    assert site.end(signal.SIGTERM) == 0


def test_a_part_that_fails_to_start_again_is_tried_further(running: Start, tmp_path: Path) -> None:
    script = f"""
import pathlib, sys, time
told = pathlib.Path({str(tmp_path / "runs")!r})
told.open('a').write('x')
if told.read_text() == 'xx': sys.exit('the port is taken')
if told.read_text() != 'xxx': print('up')
time.sleep(600)
"""
    site = running([part("origin", script, start_seconds=2)])
    site.wait_for("all ready")
    os.kill(site.pids("origin")[0], signal.SIGKILL)
    site.wait_for("origin    ready", times=2)
    assert [line for line in site.told if not line.endswith(("process", "up", " ready"))] == [
        "origin    was killed by SIGKILL; starts again in 0.1 s",
        "origin    the port is taken",
        "origin    origin ended with exit code 1: the port is taken",
        "origin    ended with exit code 1; starts again in 0.2 s",
        "origin    origin was not ready within 2 s",
        "origin    was killed by SIGKILL; starts again in 0.4 s",
    ]


def test_a_part_that_ends_at_the_first_start_says_why_and_the_others_stop(running: Start) -> None:
    failing = "import sys; print('reading'); sys.exit('no such database')"
    site = running([part("broker", FOREVER)], [part("origin", failing)], [part("worker-1", FOREVER)])
    assert site.process.wait(20) == 1
    assert site.console.endswith(
        "telecine: origin ended with exit code 1: no such database\nreading\nno such database\n"
    )
    assert site.told[-1] == "broker    was killed by SIGTERM"
    assert site.pids("worker-1") == []


def test_a_part_that_is_not_ready_in_time_says_so(running: Start) -> None:
    waiting = "import time; print('waiting for the broker'); time.sleep(600)"
    site = running([part("worker-1", waiting, start_seconds=2)])
    assert site.process.wait(20) == 1
    assert "telecine: worker-1 was not ready within 2 s: waiting for the broker\n" in site.console
    assert is_gone(site.pids("worker-1")[0])


def test_stopping_while_parts_start_stops_them(running: Start) -> None:
    site = running([part("broker", FOREVER)], [part("origin", "import time; time.sleep(600)")])
    site.wait_for("origin    started")
    assert site.end(signal.SIGINT) == 0
    assert site.told[-2:] == ["origin    was killed by SIGTERM", "broker    was killed by SIGTERM"]


def test_a_part_that_does_not_end_in_its_time_is_killed(running: Start) -> None:
    site = running([part("worker-1", STUBBORN, stop_seconds=0.5)])
    site.wait_for("all ready")
    assert site.end(signal.SIGTERM) == 0
    assert site.told[-1] == "worker-1  was killed by SIGKILL, for it had not ended within 0.5 s"


def test_a_second_signal_stops_at_once(running: Start) -> None:
    site = running(
        [part("broker", STUBBORN, stop_seconds=600)], [part("worker-1", STUBBORN, stop_seconds=600)]
    )
    site.wait_for("all ready")
    site.process.send_signal(signal.SIGINT)
    site.wait_for("SIGINT: stopping")
    assert site.end(signal.SIGINT) == 130
    assert is_gone(site.pids("broker")[0])
    assert is_gone(site.pids("worker-1")[0])


def test_parts_end_with_a_supervisor_that_is_killed(running: Start) -> None:
    site = running([part("broker", STUBBORN)], [part("worker-1", STUBBORN)])
    site.wait_for("all ready")
    pids = [*site.pids("broker"), *site.pids("worker-1")]
    assert {child.pid for child in psutil.Process(site.process.pid).children()} == set(pids)
    site.end(signal.SIGKILL)
    wait_until(lambda: all(map(is_gone, pids)))


def test_what_a_part_started_ends_with_it(running: Start) -> None:
    script = f"import subprocess; print('child', subprocess.Popen(['sleep', '600']).pid); {FOREVER}"
    site = running([part("worker-1", script)])
    site.wait_for("all ready")
    child = int(site.log.split("child ")[1].split()[0])
    os.kill(site.pids("worker-1")[0], signal.SIGKILL)
    wait_until(lambda: is_gone(child))
    assert site.end(signal.SIGTERM) == 0


def test_each_part_has_a_group_of_its_own(running: Start) -> None:
    """Ctrl-C at a terminal reaches the supervisor only, which decides who stops first."""
    site = running([part("broker", FOREVER)], [part("worker-1", FOREVER)])
    site.wait_for("all ready")
    pids = [site.pids("broker")[0], site.pids("worker-1")[0]]
    assert [os.getpgid(pid) for pid in pids] == pids


def test_last_words_without_an_end_of_line_are_in_the_log(running: Start) -> None:
    leaving = "signal.signal(signal.SIGTERM, lambda *_: (os.write(2, b'last words'), os._exit(3)))"
    site = running([part("worker-1", f"import os, signal; {leaving}; {FOREVER}")])
    site.wait_for("all ready")
    assert site.end(signal.SIGTERM) == 0
    assert site.told[-2:] == ["worker-1  last words", "worker-1  ended with exit code 3"]


def test_a_part_is_not_told_what_is_withheld(running: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWN", "yes")
    monkeypatch.setenv("WITHHELD", "secret")
    script = f"import os; print('told', os.environ.get('KNOWN'), os.environ.get('WITHHELD')); {FOREVER}"
    site = running([part("flower", script, withheld=["WITHHELD"])])
    site.wait_for("all ready")
    assert site.end(signal.SIGTERM) == 0
    assert "flower    told yes None" in site.told

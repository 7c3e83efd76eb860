"""Names of processes: never the same twice, and whoever asks knows whether their owner lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.process import DAY, identity, is_alive, machine, remove_remains

TELL = "import sys; from pipeline.process import identity; print(identity(), flush=True); sys.stdin.read()"
ROOT = Path(__file__).parents[2]


def told() -> tuple["subprocess.Popen[str]", str]:
    """A process, and its identity."""
    command = [sys.executable, "-c", TELL]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_a_process_lives_until_it_is_killed() -> None:
    process, name = told()
    with process:
        assert name.startswith(f"{machine()}.{process.pid}.")
        assert is_alive(name)
        process.kill()
    assert not is_alive(name)


def test_a_dead_process_that_nobody_has_buried_is_dead() -> None:
    process, name = told()
    with process:
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(name)


def test_a_forked_child_has_a_name_of_its_own() -> None:
    ours = identity()
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, identity().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1000).decode().startswith(f"{machine()}.{child}.")
    assert identity() == ours


def test_another_process_that_got_the_same_number_is_another() -> None:
    host, pid, start = identity().rsplit(".", 2)
    assert is_alive(f"{host}.{pid}.{start}")
    assert not is_alive(f"{host}.{pid}.1{start}")


def test_a_machine_that_was_started_again_has_none_of_its_processes() -> None:
    host, pid, _ = identity().rsplit(".", 2)
    assert not is_alive(f"{host}.{pid}.1-00000000-4026531836")


def test_of_other_hosts_and_containers_nobody_here_knows() -> None:
    host, pid, start = identity().rsplit(".", 2)
    assert is_alive(f"elsewhere.{pid}.1")
    assert is_alive(f"{host}.{pid}.{start.rpartition('-')[0]}-1")


def test_remains_of_the_dead_are_removed_and_nothing_else(tmp_path: Path) -> None:
    host, pid, start = identity().rsplit(".", 2)
    gone, ours, theirs = f"{host}.{pid}.1{start}", identity(), "elsewhere.7.1"
    forgotten = "elsewhere.8.1"
    for name in (gone, ours, theirs, forgotten, "uploads"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_bytes(b"x")
    for name in (forgotten, "uploads", ours):
        old = (tmp_path / name).stat().st_mtime - DAY - 1
        os.utime(tmp_path / name, (old, old))
    remove_remains(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ours, theirs, "uploads"])

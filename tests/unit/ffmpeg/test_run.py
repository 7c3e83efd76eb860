"""Children do what they are asked to, are told apart when they fail, and never outlive their job."""

import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest

from pipeline.errors import DiskFullError, EncodeError, StoppedError, StorageError
from pipeline.ffmpeg import run
from pipeline.ffmpeg.progress import progress_blocks
from pipeline.ffmpeg.run import PASSED_ON, STDERR_BYTES, Children, Limits
from tests.support.waiting import is_gone, wait_until

ROOT = Path(__file__).parents[3]


def python(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-IB", "-c", script, *arguments]


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def lines_of(argv: list[str], **options: object) -> list[str]:
    lines: list[str] = []
    Children().run(argv, on_line=lines.append, **options)
    return lines


def test_lines_come_in_order_the_unfinished_last_one_too() -> None:
    assert lines_of(shell(r"printf 'one\n\ntwo \377\nthree'")) == ["one", "", "two \ufffd", "three"]


def test_a_child_tells_what_it_cost() -> None:
    usage = Children().run(python("import sys; list(range(5_000_000)); sys.stderr.write('a note')"))
    assert usage.cpu > 0
    assert 0 < usage.wall < 60
    assert usage.memory > 5_000_000 * 8
    assert usage.stderr == "a note"


def test_arguments_reach_the_child_untouched() -> None:
    script = "import sys; print(sys.argv[1:])"
    assert lines_of(python(script, "a b", "--", "$HOME", "ü\n")) == ["['a b', '--', '$HOME', 'ü\\n']"]


def test_what_a_program_needs_of_the_environment_is_passed_on_and_added_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    assert lines_of(shell("echo $TMPDIR $ADDED"), environment={"ADDED": "too"}) == ["/elsewhere too"]


def test_nothing_comes_from_the_terminal() -> None:
    assert lines_of(shell("cat; echo end")) == ["end"]


def test_a_flood_on_stderr_is_drained_and_its_end_kept() -> None:
    flood = "import sys; [sys.stderr.write('x' * 9999 + '\\n') for _ in range(1000)]; sys.exit('the reason')"
    with pytest.raises(EncodeError, match=r"failed with exit code 1: the reason$") as error:
        Children().run(python(flood))
    assert STDERR_BYTES < len(error.value.evidence) < STDERR_BYTES + 1000


def test_many_small_writes_to_stderr_are_all_kept() -> None:
    """Encoders write their lines in pieces."""
    pieces = "import os; [os.write(2, b'%d ' % n) for n in range(2000)]"
    assert Children().run(python(pieces)).stderr == "".join(f"{n} " for n in range(2000))


def test_a_failure_carries_the_command_the_code_and_stderr() -> None:
    argv = shell("echo first >&2; echo 'the last' >&2; echo >&2; exit 3")
    with pytest.raises(EncodeError) as error:
        Children().run(argv)
    assert str(error.value) == "sh failed with exit code 3: the last"
    assert error.value.evidence == (
        "/bin/sh -c 'echo first >&2; echo '\"'\"'the last'\"'\"' >&2; echo >&2; exit 3'\n"
        "exit code 3\nfirst\nthe last\n\n"
    )


@pytest.mark.parametrize(("number", "name"), [("SEGV", "SIGSEGV"), ("KILL", "SIGKILL"), ("PIPE", "SIGPIPE")])
def test_a_killed_child_names_the_signal(number: str, name: str) -> None:
    with pytest.raises(EncodeError, match=f"sh was killed by signal {name}: "):
        Children().run(shell(f"kill -{number} $$; sleep 60"))


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="none failed with exit code 1: FileNotFoundError"):
        Children().run([str(tmp_path / "none")])


def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(EncodeError, match="sh did not finish in time and was stopped"):
        Children().run(shell("sleep 60"), limits=Limits(wall=0.2))


def test_what_a_child_started_ends_with_it() -> None:
    """Even where it holds the child's stdout and stderr open."""
    (pid,) = lines_of(shell("sleep 600 & echo $!"))
    wait_until(lambda: is_gone(int(pid)))


def test_cancelling_ends_the_whole_family_within_two_seconds() -> None:
    children = Children()
    started = threading.Event()
    pids: list[int] = []

    def take(line: str) -> None:
        pids.append(int(line))
        started.set()

    with ThreadPoolExecutor(1) as pool:
        family = shell("(sleep 600 & echo $!; wait) & trap '' TERM INT; wait")
        running = pool.submit(children.run, family, on_line=take)
        assert started.wait(10)
        children.cancel()
        with pytest.raises(StoppedError):
            running.result(timeout=2)
    wait_until(lambda: is_gone(pids[0]), seconds=2)


def test_after_cancelling_nothing_is_started(tmp_path: Path) -> None:
    children = Children()
    children.cancel()
    with pytest.raises(StoppedError):
        children.run(shell(f"touch {tmp_path / 'started'}"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(20)
def test_a_child_that_starts_while_all_are_cancelled_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment: it runs already, and is not yet known to be running."""
    children = Children()
    start = subprocess.Popen

    def start_and_cancel(*args: object, **options: object) -> object:
        process = start(*args, **options)
        children.cancel()
        return process

    monkeypatch.setattr(run.subprocess, "Popen", start_and_cancel)
    with pytest.raises(StoppedError):
        children.run(shell("sleep 600"))


def test_an_error_of_the_listener_ends_the_child_and_its_deadline() -> None:
    pids: list[int] = []

    def take(line: str) -> None:
        pids.append(int(line))
        raise ValueError("not a line I know")

    with pytest.raises(ValueError, match="not a line I know"):
        Children().run(shell("echo $$; sleep 600"), on_line=take)
    assert is_gone(pids[0])
    # One that was cancelled takes a moment to end.
    wait_until(lambda: not any(isinstance(thread, threading.Timer) for thread in threading.enumerate()), 30)


def test_stdin_is_fed() -> None:
    assert lines_of(shell("wc -c"), feed=[b"x" * 100_000] * 50) == ["5000000"]


def test_a_child_that_has_read_enough_ends_the_feed() -> None:
    assert lines_of(shell("head -c 3"), feed=repeat(b"abc" * 100_000)) == ["abc"]


def test_an_error_of_the_feed_is_the_error() -> None:
    """What reaches the child is cut short, but that is not why the run failed."""

    def blocks() -> Iterator[bytes]:
        yield b"header"
        raise StorageError("cannot read seg-00002.m4s")

    with pytest.raises(StorageError, match=r"cannot read seg-00002\.m4s"):
        Children().run(shell("cat; exit 1"), feed=blocks())


def test_a_file_beyond_its_limit_ends_the_child(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="killed by signal SIGXFSZ"):
        Children().run(shell(f"exec cat /dev/zero > {tmp_path / 'big'}"), limits=Limits(file=1 << 20))
    assert (tmp_path / "big").stat().st_size == 1 << 20


def test_memory_beyond_the_limit_is_refused() -> None:
    with pytest.raises(EncodeError, match="MemoryError"):
        Children().run(python("bytearray(2 << 30)"), limits=Limits(memory=1 << 30))


def test_cpu_time_beyond_the_limit_ends_the_child() -> None:
    with pytest.raises(EncodeError, match="killed by signal SIGKILL"):
        Children().run(shell("while :; do :; done"), limits=Limits(cpu=1))


def test_limits_of_the_administrator_are_never_raised(tmp_path: Path) -> None:
    """Neither is it an error that they are lower than ours."""
    script = f"""
import resource, sys
sys.path.insert(0, {str(ROOT)!r})
from pipeline.ffmpeg.run import Children
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
Children().run(["/bin/sh", "-c", "ulimit -H -f"], on_line=print)
"""
    told = subprocess.run(python(script), capture_output=True, text=True, check=True).stdout
    assert int(told) * 512 == 4096


def test_no_child_dumps_core() -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        assert lines_of(shell("ulimit -c")) == ["0"]
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_child_dies_with_a_parent_that_is_killed() -> None:
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pipeline.ffmpeg.run import Children
Children().run(["/bin/sh", "-c", "echo $$; exec sleep 600"], on_line=lambda line: print(line, flush=True))
"""
    with subprocess.Popen(python(script), stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    wait_until(lambda: is_gone(child))


def test_ffmpeg_on_a_full_disk_is_told_as_such(ffmpeg: str, small_disk: Path) -> None:
    noise = ["-f", "lavfi", "-i", "nullsrc=s=640x360:d=1", "-c:v", "rawvideo"]
    with pytest.raises(DiskFullError, match="the disk is full: free some space") as error:
        Children().run([ffmpeg, "-nostdin", "-loglevel", "error", *noise, str(small_disk / "out.mkv")])
    assert "No space left on device" in error.value.evidence


def test_progress_comes_in_blocks() -> None:
    blocks: list[dict[str, str]] = []
    on_line = progress_blocks(lambda block: blocks.append(dict(block)))
    for line in ("frame=12", "fps=0.00", "bitrate=N/A", "progress=continue", "frame= 24", "progress=end"):
        on_line(line)
    assert blocks == [
        {"frame": "12", "fps": "0.00", "bitrate": "N/A", "progress": "continue"},
        {"frame": "24", "progress": "end"},
    ]


def test_a_child_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_MASTER_KEY", "secret")
    told: list[str] = []
    Children().run(["/usr/bin/env"], on_line=told.append, environment={"SVT_LOG": "1"})
    assert "SVT_LOG=1" in told
    assert {line.partition("=")[0] for line in told} <= {*PASSED_ON, "SVT_LOG", "LC_CTYPE"}

"""What a worker takes for the size of its machine, in a container and in a systemd unit."""

from pathlib import Path

import pytest

from pipeline import machine


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of control groups, of which none limits anything yet; we are in `system.slice/ours`."""
    root = tmp_path / "cgroup"
    (root / "system.slice/ours").mkdir(parents=True)
    (tmp_path / "ours").write_text("1:cpu:/elsewhere\n0::/system.slice/ours\n")
    monkeypatch.setattr(machine, "_CGROUPS", root)
    monkeypatch.setattr(machine, "_OURS", tmp_path / "ours")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)))
    return root


def test_without_limits_it_is_all(groups: Path) -> None:
    (groups / "system.slice/ours/cpu.max").write_text("max 100000\n")
    (groups / "system.slice/ours/memory.max").write_text("max\n")
    assert machine.threads_here() == 16
    assert machine.memory_here() > 10**8


@pytest.mark.parametrize("folder", ["", "system.slice", "system.slice/ours"])
def test_the_limit_of_any_group_around_us_counts(groups: Path, folder: str) -> None:
    (groups / folder / "cpu.max").write_text("250000 100000\n")
    (groups / folder / "memory.max").write_text("12345678\n")
    assert (machine.threads_here(), machine.memory_here()) == (2, 12345678)


def test_the_tightest_counts_but_one_thread_there_is(groups: Path) -> None:
    (groups / "system.slice/cpu.max").write_text("800000 100000\n")
    (groups / "system.slice/ours/cpu.max").write_text("50000 100000\n")
    assert machine.threads_here() == 1


def test_a_system_without_control_groups_has_no_limits(groups: Path, tmp_path: Path) -> None:
    (tmp_path / "ours").unlink()
    assert machine.threads_here() == 16

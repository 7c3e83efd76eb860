"""The catalog under racing threads and processes: every step finished once, no child before its parents."""

import subprocess
import sys
from pathlib import Path

import pytest
from filming import ROOM, film, separate, step_id, take
from racing import Take, any_ready, assert_done_once, next_of_job, processes_together, together, work

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease, Needs, Refusal, Room, StepSpec, WorkerRecord
from pipeline.errors import StaleLeaseError
from pipeline.process import identity, is_alive, machine

ROOT = Path(__file__).parents[3]

HOLDER = """
import sys
from pipeline.catalog.catalog import Catalog
from pipeline.process import identity

print(Catalog(sys.argv[1]).steps.claim_next("film", identity()).owner, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("take", [next_of_job, any_ready], ids=["by job", "by step"])
def test_eight_threads_do_every_step_once(shared: Catalog, take: Take) -> None:
    film(shared, cluster=True)
    finished = together(8, lambda number: work(shared, f"thread {number}", take))
    assert_done_once(shared, [name for names in finished for name in names])


def test_eight_processes_do_every_step_once(shared: Catalog, url: str) -> None:
    film(shared)

    def work_in_process(number: int) -> list[str]:
        return work(Catalog(url), f"process {number}")

    finished = processes_together(8, work_in_process)
    assert_done_once(shared, [name for names in finished for name in names])


def test_eight_processes_make_the_tables_and_open_the_job_once(empty_url: str) -> None:
    processes_together(8, lambda _: film(Catalog(empty_url)))
    catalog = Catalog(empty_url)
    assert [step.name for step in catalog.steps.of("film")] == ["plan"]
    catalog.close()


def test_the_last_of_many_parents_releases_the_child(shared: Catalog) -> None:
    """Whichever of the parents comes last, one of them must see that it is."""
    parents = [separate(number) for number in range(8)]
    child = StepSpec("child", "c", b"", after=tuple(parent.name for parent in parents))
    film(shared, *parents, child)
    leases = [take(shared, parent.name) for parent in parents]
    together(8, lambda number: shared.steps.finish(leases[number], b""))
    take(shared, "child")


def test_of_eight_who_claim_a_step_one_has_it(shared: Catalog) -> None:
    film(shared)
    step = step_id(shared, "plan")
    claims = [
        lambda: shared.steps.claim_next("film", "one"),
        lambda: shared.steps.claim(step, "two", ROOM),
    ]
    claimed = together(8, lambda number: claims[number % 2]())
    assert [isinstance(lease, Lease) for lease in claimed].count(True) == 1
    (tried,) = shared.steps.attempts("film")
    assert tried.outcome is None


def test_of_eight_with_the_same_lease_one_finishes(shared: Catalog) -> None:
    film(shared)
    lease = take(shared, "plan")

    def finish(number: int) -> int | None:
        try:
            shared.steps.finish(lease, b"%d" % number, [separate(number)])
        except StaleLeaseError:
            return None
        return number

    (winner,) = [number for number in together(8, finish) if number is not None]
    assert shared.steps.result("film", "plan") == b"%d" % winner
    assert [step.name for step in shared.steps.of("film")] == ["plan", f"step:{winner}"]


def test_processes_of_a_worker_never_take_more_than_its_room(shared: Catalog) -> None:
    shared.workers.beat(WorkerRecord("worker", "host", ("cpu",), 8, 3, 8_000))
    film(shared, *(separate(number, Needs("cpu", threads=1)) for number in range(8)))
    steps = [step.id for step in shared.steps.of("film")]
    for _ in range(10):
        claimed = together(
            8, lambda number: shared.steps.claim(steps[number], f"process {number}", Room("worker", 3, 8_000))
        )
        leases = [lease for lease in claimed if isinstance(lease, Lease)]
        assert len(leases) == 3
        assert claimed.count(Refusal.NO_ROOM) == 5
        for lease in leases:
            shared.steps.give_back(lease)


def test_an_office_has_one_holder(shared: Catalog) -> None:
    held = together(8, lambda number: shared.queue.lock("reconciler", f"process {number}", 60.0))
    assert held.count(True) == 1


def test_no_step_is_announced_to_two(shared: Catalog) -> None:
    film(shared, *(separate(number) for number in range(8)), cluster=True)
    shared.queue.forget_sent(-60.0)
    told = together(8, lambda _: shared.queue.hints())
    names = [hint.name for hints in told for hint in hints]
    assert sorted(names) == [f"step:{number}" for number in range(8)]


def test_what_a_killed_process_held_is_taken_back_at_once(shared: Catalog, url: str) -> None:
    film(shared)
    command = [sys.executable, "-c", HOLDER, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, cwd=ROOT, text=True) as process:
        owner = process.stdout.readline().strip()
        shared.queue.take_back(lambda name: not is_alive(name), machine())
        assert shared.steps.claim_next("film", identity()) is None
        process.kill()
    assert not is_alive(owner)
    shared.queue.take_back(lambda name: not is_alive(name), machine())
    take(shared, "plan", identity())

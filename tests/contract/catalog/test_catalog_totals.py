"""What monitoring is told: sums that never fall, and how busy workers are."""

from filming import ROOM, claim, film, separate

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Cost, Room


def encode(catalog: Catalog, job: str, frames: int) -> None:
    """A job of two steps, one of them done."""
    film(catalog, separate(1), separate(2), name=job, cluster=True)
    lease = claim(catalog, "step:1", job=job)
    catalog.steps.finish(lease, b"", cost=Cost(cpu=0.5, frames=frames, size=5_000_000_000))


def test_totals_are_sums_over_all_jobs(catalog: Catalog) -> None:
    encode(catalog, "a", 100)
    encode(catalog, "b", 10)
    assert catalog.queue.figures().totals == {
        "total": 4, "done": 2, "retries": 0, "lost": 0, "frames": 110, "cpu": 1.0, "size": 10_000_000_000,
    }  # fmt: skip


def test_totals_do_not_fall_when_jobs_are_forgotten(catalog: Catalog) -> None:
    encode(catalog, "a", 100)
    encode(catalog, "b", 10)
    before = catalog.queue.figures().totals
    catalog.jobs.forget("a")
    assert catalog.queue.figures().totals == before
    catalog.jobs.forget("a")
    catalog.jobs.forget("b")
    assert catalog.queue.figures().totals == before
    encode(catalog, "a", 1000)
    assert catalog.queue.figures().totals["frames"] == 1110


def test_a_worker_is_as_busy_as_its_steps_are_many(catalog: Catalog) -> None:
    film(catalog, *map(separate, range(4)), cluster=True)
    for number, worker in enumerate(["anna", "bert", "anna"]):
        claim(catalog, f"step:{number}", room=Room(worker, ROOM.threads, ROOM.memory))
    assert catalog.workers.busy() == {"anna": 2, "bert": 1}

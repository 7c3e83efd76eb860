"""Kill anything, at any time: every title comes out once, and byte for byte as if nothing had happened.

By default every kind of fault once; `--chaos 100` for at least so many. What happened is printed (`-s`).
"""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.process import is_alive
from tests.cluster.faults import FAULTS, Scene
from tests.support.broker import Broker
from tests.support.cluster import Cluster, strays
from tests.support.postgres import Postgres
from tests.support.site import TELECINE, contents, run
from tests.support.waiting import wait_until

SEED = 1895
DISK = "400m"
PATIENCE = 240
"""Seconds for a round's titles to be finished once nothing is broken any more."""

LADDER = """
name: chaos
codec: h264
preset: slow
rungs:
  - {name: "180", box: [320, 180], crf: 20, maxrate: 1500000, bufsize: 3000000}
  - {name: "120", box: [214, 120], crf: 18, maxrate: 900000, bufsize: 1800000}
"""


@pytest.fixture(scope="module")
def undisturbed(films: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of them without a cluster."""
    folder = tmp_path_factory.mktemp("undisturbed")
    ladder = folder / "chaos.yaml"
    ladder.write_text(LADDER)
    for film in films.values():
        done = run([*TELECINE, "encode", str(film), "-o", str(folder / "site"), "--ladder", str(ladder)])
        assert done.returncode == 0, done.stderr
    return contents(folder / "site/titles")


@pytest.mark.timeout(7200)
def test_every_title_comes_out_once_and_the_same(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    postgres: Postgres,
    broker: Broker,
    films: dict[str, Path],
    undisturbed: dict[str, bytes],
) -> None:
    chance = random.Random(SEED)
    due = plan_of_faults(chance, request.config.getoption("--chaos"))
    total: Counter[str] = Counter()
    rounds = 0
    while due:
        rounds += 1
        with postgres.database() as database, small_disk(tmp_path / f"round-{rounds}") as folder:
            cluster = Cluster(folder, broker, database)
            try:
                total += one_round(cluster, postgres, chance, due, films, undisturbed)
            except BaseException:
                print(cluster.logs())
                raise
            finally:
                cluster.kill()
    print(f"\n{rounds} rounds of three titles, seed {SEED}")
    for name, count in sorted(total.items()):
        print(f"{count:6d}  {name}")


def plan_of_faults(chance: random.Random, count: int) -> list[str]:
    """Every kind once, then any, in an order that only the seed decides."""
    names = [*FAULTS, *chance.choices(list(FAULTS), k=max(0, count - len(FAULTS)))]
    chance.shuffle(names)
    return names


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder with a disk of its own, so that it can be filled."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def one_round(
    cluster: Cluster,
    postgres: Postgres,
    chance: random.Random,
    due: list[str],
    films: dict[str, Path],
    undisturbed: dict[str, bytes],
) -> Counter[str]:
    """Three titles, and as many of the faults that are due as happen before these are finished."""
    for _ in range(2):
        cluster.start_worker("--threads", "4", "--concurrency", "2")
    for worker in cluster.workers:
        worker.wait_until_ready()
    ladder = cluster.folder / "chaos.yaml"
    ladder.write_text(LADDER)
    jobs = [cluster.upload(film, "--ladder", ladder) for film in films.values()]
    catalog = cluster.catalog()
    scene = Scene(cluster, postgres, catalog, chance, jobs)
    hits = injected(scene, due)
    wait_until(lambda: not is_running(catalog, jobs), PATIENCE)
    for job in jobs:
        record = catalog.jobs.get(job)
        assert record is not None
        assert (record.state, record.error) == ("done", None)
    assert contents(cluster.root / "titles") == undisturbed
    counts = hits + settled(catalog, jobs, sum(hits.values()))
    assert_nothing_is_left(cluster)
    catalog.close()
    return counts


def injected(scene: Scene, due: list[str]) -> Counter[str]:
    """Faults one after another, each at a moment when something runs."""
    hits: Counter[str] = Counter()
    while due and is_running(scene.catalog, scene.jobs):
        wait_until(lambda: is_encoding(scene) or not is_running(scene.catalog, scene.jobs), PATIENCE)
        scene.pause(0, 1.5)
        if FAULTS[due[-1]](scene):
            hits[due.pop()] += 1
        else:
            # There is nothing for it to hit just now.
            due.insert(0, due.pop())
            scene.pause(0.1, 0.2)
    return hits


def is_running(catalog: Catalog, jobs: list[str]) -> bool:
    return any(record.state == "running" for job in jobs if (record := catalog.jobs.get(job)))


def is_encoding(scene: Scene) -> bool:
    return any(worker.encoders() for worker in scene.cluster.workers)


def settled(catalog: Catalog, jobs: list[str], faults: int) -> Counter[str]:
    """How the attempts ended, every step's result accepted once, and no more encoded in vain than was hit."""
    counts: Counter[str] = Counter()
    for job in jobs:
        accepted: Counter[str] = Counter()
        for attempt in catalog.steps.attempts(job):
            assert attempt.outcome is not None
            counts[f"attempts {attempt.outcome}"] += 1
            accepted[attempt.step] += attempt.outcome == "done"
            counts["encodes in vain"] += attempt.outcome != "done" and attempt.step.startswith("encode:")
        steps = catalog.steps.of(job)
        assert {step.name: 1 for step in steps} == accepted
        assert {(step.state, step.owner) for step in steps} == {("done", None)}
    # A fault hits both workers at most, and each encodes one chunk at a time.
    assert counts["encodes in vain"] <= 2 * faults
    return counts


def assert_nothing_is_left(cluster: Cluster) -> None:
    """No program, and no temporary object once a worker has had a look."""
    cluster.stop()
    assert strays(cluster.root) == []
    last = cluster.start_worker()
    last.wait_until_ready()
    wait_until(lambda: not any(not is_alive(path.name) for path in (cluster.root / "tmp").iterdir()), 60)
    last.stop()
    assert [path.name for path in (cluster.root / "tmp").iterdir() if any(path.iterdir())] == []

"""How soon the work of a worker that was killed goes on, and how much of it is done again.

    python benchmarks/takeover.py [--lease 30] [--rounds 3]

Two workers share a title. One, which encodes, is ended by SIGKILL with all that it started: once on the
machine of the other, whose keeper sees it, and once, under another host name, where only the lease can tell.
The other has a slot free. Needs redis-server and PostgreSQL, and root for the other host name.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.catalog.records import AttemptRecord
from samples.master import MasterSpec, Picture, make_master
from tests.support.broker import running_broker
from tests.support.cluster import Cluster, Worker
from tests.support.postgres import running_postgres
from tests.support.waiting import wait_until

PATIENCE = 300

OTHER_HOST = ("/usr/bin/unshare", "--uts", "sh", "-c", 'hostname elsewhere && exec "$@"', "sh")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lease", type=int, default=30)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        make_master(film, MasterSpec(seconds=Fraction(60), picture=Picture(640, 360, Fraction(25))))
        for told, prefix in (("same machine", ()), ("other machine", OTHER_HOST)):
            rounds = [one_round(film, options.lease, prefix) for _ in range(options.rounds)]
            waits, again = zip(*rounds, strict=True)
            print(
                f"{told}, lease {options.lease} s: taken over after {statistics.median(waits):.1f} s", end=" "
            )
            print(f"(each: {', '.join(f'{wait:.1f}' for wait in waits)}), steps done again: {list(again)}")


def one_round(film: Path, lease: int, prefix: tuple[str, ...]) -> tuple[float, int]:
    """Seconds from the kill to the next attempt at what the killed worker did, and steps begun twice."""
    with cluster_of_one(lease, prefix) as (cluster, victim):
        catalog = cluster.catalog()
        job = cluster.upload(film)
        wait_until(lambda: bool(victim.encoders()), PATIENCE)
        cluster.start_worker("--concurrency", "8", "--threads", "64").wait_until_ready()
        wait_until(lambda: bool(victim.encoders()), PATIENCE)
        victim.kill_all()
        killed = time.time()
        wait_until(lambda: bool(second_attempts(catalog.steps.attempts(job))), PATIENCE)
        wait_until(lambda: getattr(catalog.jobs.get(job), "state", "") == "done", PATIENCE)
        again = second_attempts(catalog.steps.attempts(job))
        catalog.close()
        return min(attempt.started for attempt in again) - killed, len(again)


def second_attempts(attempts: list[AttemptRecord]) -> list[AttemptRecord]:
    return [attempt for attempt in attempts if attempt.number > 1]


@contextmanager
def cluster_of_one(lease: int, prefix: tuple[str, ...]) -> Iterator[tuple[Cluster, Worker]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_broker(Path(folder) / "redis") as broker,
        running_postgres() as postgres,
        postgres.database() as database,
    ):
        cluster = Cluster(Path(folder), broker, database, lease)
        victim = cluster.start_worker("--concurrency", "1", prefix=prefix)
        victim.wait_until_ready()
        try:
            yield cluster, victim
        finally:
            cluster.kill()


if __name__ == "__main__":
    main()

"""What can go wrong in a cluster, done on purpose. A fault is over and mended when its function returns."""

import json
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil
import redis
from sqlalchemy import create_engine, text

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.losses import KILLS, LOSSES
from pipeline.catalog.records import QUEUES
from tests.support.cluster import Cluster, Worker, thaw
from tests.support.postgres import Postgres

BALLAST = "ballast"
BLOCK = 65_536
HOUR = 3600


@dataclass
class Scene:
    """A cluster at work, and the chance that decides where it is hit."""

    cluster: Cluster
    postgres: Postgres
    catalog: Catalog
    chance: random.Random
    jobs: list[str]

    def pause(self, least: float, most: float) -> None:
        threading.Event().wait(self.chance.uniform(least, most))

    def outcomes(self) -> Counter[tuple[str, str]]:
        """How often the attempts at a step, named by its owner of now, ended so."""
        found: Counter[tuple[str, str]] = Counter()
        for job in self.jobs:
            owners = {step.name: step.owner for step in self.catalog.steps.of(job) if step.owner}
            for attempt in self.catalog.steps.attempts(job):
                owner = owners.get(attempt.step)
                if owner and attempt.outcome:
                    found[owner, attempt.outcome] += 1
        return found

    def busy(self, outcome: str, often: int) -> Iterator[tuple[Worker, psutil.Process, psutil.Process]]:
        """Worker, slot and program of steps that ended so less than `often` times."""
        before = self.outcomes()
        for worker in self.cluster.workers:
            for slot in worker.slots():
                ended = sum(
                    n for (owner, told), n in before.items() if told == outcome and f".{slot.pid}." in owner
                )
                for program in slot.children():
                    if ended < often:
                        yield worker, slot, program

    def pick(self, outcome: str, often: int) -> tuple[Worker, psutil.Process, psutil.Process] | None:
        """One of these."""
        try:
            return self.chance.choice(list(self.busy(outcome, often)) or [None])
        except psutil.NoSuchProcess:
            return None


Fault = Callable[[Scene], bool]
"""Whether it hit something."""


def kill_worker(scene: Scene) -> bool:
    """SIGKILL of a worker that runs an encoder; another takes its place."""
    if not (victim := scene.pick("lost", LOSSES - 2)):
        return False
    victim[0].kill()
    scene.pause(0, 1)
    victim[0].start_again()
    return True


def stop_worker(scene: Scene) -> bool:
    """SIGTERM: it gives back what it does."""
    if not (victim := scene.pick("returned", 100)):
        return False
    victim[0].stop()
    victim[0].start_again()
    return True


def freeze_worker(scene: Scene) -> bool:
    """SIGSTOP of a whole worker for longer than its leases; then it goes on as if nothing had been."""
    if not (victim := scene.pick("lost", LOSSES - 2)):
        return False
    frozen = victim[0].freeze()
    scene.pause(scene.cluster.lease + 2, scene.cluster.lease + 4)
    thaw(frozen)
    return True


def kill_slot(scene: Scene) -> bool:
    """SIGKILL of one process of a worker's pool, as the kernel does when memory runs out."""
    return _kill(victim[1] if (victim := scene.pick("killed", KILLS - 1)) else None)


def kill_encoder(scene: Scene) -> bool:
    return _kill(victim[2] if (victim := scene.pick("retried", 3)) else None)


def kill_reconciler(scene: Scene) -> bool:
    """SIGKILL of the keeper whose office it is to reconcile."""
    engine = create_engine(scene.cluster.database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as database:
        holder = database.execute(text("select owner from locks where name = 'reconciler'")).scalar()
    engine.dispose()
    keepers = [keeper for worker in scene.cluster.workers for keeper in worker.keepers()]
    return _kill(next((keeper for keeper in keepers if f".{keeper.pid}." in str(holder)), None))


def restart_broker(scene: Scene) -> bool:
    """SIGKILL of Redis, which comes back with its data."""
    scene.cluster.broker.kill()
    scene.pause(0, 2)
    scene.cluster.broker.start()
    return True


def lose_broker(scene: Scene) -> bool:
    """The same, and its data is gone."""
    scene.cluster.broker.kill()
    scene.cluster.broker.lose_data()
    scene.pause(0, 1)
    scene.cluster.broker.start()
    return True


def restart_database(scene: Scene) -> bool:
    """A crash of PostgreSQL, in the middle of whatever transactions there are."""
    scene.postgres.kill()
    scene.pause(0, 2)
    scene.postgres.start()
    return True


def break_storage(scene: Scene) -> bool:
    """Every other operation fails for a while."""
    return _storage_suffers(scene, errors=0.5)


def slow_storage(scene: Scene) -> bool:
    return _storage_suffers(scene, delay=0.3)


def fill_disk(scene: Scene) -> bool:
    """Until somebody makes room."""
    ballast = scene.cluster.root / BALLAST
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(BLOCK)):
            continue
    scene.pause(1, 3)
    ballast.unlink()
    return True


def jump_clock(scene: Scene) -> bool:
    """A worker's clock is wrong by up to an hour from now on."""
    worker = scene.chance.choice(scene.cluster.workers)
    worker.clock.write_text(str(scene.chance.randint(-HOUR, HOUR)))
    return True


def repeat_messages(scene: Scene) -> bool:
    """Every message that waits or is being worked on comes once more, all in another order than before."""
    hit = False
    with redis.Redis.from_url(scene.cluster.broker.url) as broker:
        taken = [json.loads(value) for value in broker.hvals("unacked")]
        for name in QUEUES:
            waiting = {
                key: broker.lrange(key, 0, -1)
                for key in broker.keys(f"{name}*")
                if broker.type(key) == b"list"
            }
            again = [json.dumps(message).encode() for message, _, queue in taken if queue == name]
            for key, messages in waiting.items() or {name.encode(): []}.items():
                mixed = [*messages, *messages, *again]
                scene.chance.shuffle(mixed)
                if mixed:
                    broker.pipeline().delete(key).rpush(key, *mixed).execute()
                    hit = True
    return hit


def _storage_suffers(scene: Scene, **how: float) -> bool:
    scene.cluster.faults.write_text(json.dumps(how))
    scene.pause(1, 3)
    scene.cluster.faults.unlink()
    return True


def _kill(process: psutil.Process | None) -> bool:
    try:
        if process:
            process.send_signal(signal.SIGKILL)
        return process is not None
    except psutil.NoSuchProcess:
        return False


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kill_worker,
        stop_worker,
        freeze_worker,
        kill_slot,
        kill_encoder,
        kill_reconciler,
        restart_broker,
        lose_broker,
        restart_database,
        break_storage,
        slow_storage,
        fill_disk,
        jump_clock,
        repeat_messages,
    )
}

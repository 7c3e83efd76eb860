"""`python -m workers.keeper WORKER`: one beside each worker, alive exactly as long as that.

It tells the catalog that the worker lives, takes back at once what dead processes of this machine held, and,
where no other keeper does it already, reconciles the catalog with the broker, tells webhooks, and removes the
files of titles that were deleted.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import WorkerRecord
from pipeline.codec import from_json
from pipeline.errors import TelecineError
from pipeline.process import identity, is_alive, machine, remove_remains
from pipeline.runner.site import open_catalog
from pipeline.settings import Settings
from pipeline.webhooks.hook import hooks
from workers import logs
from workers.messenger import Messenger
from workers.reconciler import reconcile, report
from workers.remover import Remover

OFFICE = "reconciler"
OFFICE_SECONDS = 10.0
"""For how long a keeper that does not show up any more keeps the others from reconciling."""

FORGOTTEN = 3600.0
"""Seconds after which a worker that was not heard of is no longer listed."""

UNTOLD = 86_400.0
"""Seconds for which events wait for a worker that knows whom to tell, before one that does not drops them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keeper:
    """The chores of one worker's keeper."""

    settings: Settings
    catalog: Catalog
    worker: WorkerRecord
    remover: Remover
    messenger: Messenger | None = None

    def chores(self) -> Mapping[Callable[[], None], float]:
        """What to do, and every how many seconds."""
        return {self.beat: 10.0, self.take_back: 2.0, self.reconcile: 2.0, self.sweep: 60.0}

    def beat(self) -> None:
        self.catalog.workers.beat(self.worker)

    def take_back(self) -> None:
        """What a process of this machine held that is gone: no need to wait for its leases to run out."""
        report(self.catalog.queue.take_back(_is_dead, machine()))

    def reconcile(self) -> None:
        if self.catalog.queue.lock(OFFICE, identity(), OFFICE_SECONDS):
            reconcile(self.catalog)

    def sweep(self) -> None:
        remove_remains(self.settings.root / "tmp")
        self.catalog.workers.forget_dead(FORGOTTEN)
        if self.messenger is None:
            self.catalog.events.lapse(UNTOLD)

    def leave(self) -> None:
        self.remover.close()
        if self.messenger:
            self.messenger.close()
        self.catalog.workers.gone(self.worker.id)
        self.catalog.queue.unlock(OFFICE, identity())


def run(keeper: Keeper, over: threading.Event) -> None:
    """Do the chores until it is over. One that fails, as while the catalog is out, has its next time."""
    due = dict.fromkeys(keeper.chores(), 0.0)
    while not over.wait(0.2):
        for chore, period in keeper.chores().items():
            if time.monotonic() >= due[chore]:
                due[chore] = time.monotonic() + period
                _try(chore)
    _try(keeper.leave)


def _try(chore: Callable[[], None]) -> None:
    try:
        chore()
    except TelecineError as error:
        log.warning("%s: %s", chore.__name__, error)


def _is_dead(owner: str) -> bool:
    return not is_alive(owner)


def main(worker: str) -> None:
    logs.set_up()
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    # Ctrl-C reaches the whole group of the terminal; the worker tells us when its slots are done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings, receivers = Settings.load(), hooks()
    catalog = _opened(settings, over)
    messenger = Messenger(catalog, receivers) if receivers else None
    if messenger:
        messenger.start()
    remover = Remover(settings, catalog)
    remover.start()
    run(Keeper(settings, catalog, from_json(worker, WorkerRecord), remover, messenger), over)


def _opened(settings: Settings, over: threading.Event) -> Catalog:
    """The catalog, as soon as it answers."""
    while True:
        try:
            return open_catalog(settings)
        except TelecineError as error:
            log.warning("the catalog is away: %s", error)
            if over.wait(2.0):
                sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1])

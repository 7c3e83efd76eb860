"""The executor of one process: threads that claim steps, the catalog deciding what may run."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress

from pipeline.catalog.records import Lease
from pipeline.errors import StaleLeaseError, StoppedError, StorageError, TelecineError
from pipeline.process import identity
from pipeline.runner.step import run_step
from pipeline.stages.context import Context

IDLE_SECONDS = 0.2
"""How often an idle thread looks for a step that another process released; ones of this process wake it."""


class Workers:
    """Threads that claim and do steps until the job is done or one of them fails."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed = threading.Condition()
        self._held: dict[int, Lease] = {}
        self._error: BaseException | None = None
        self._over = False

    def run(self) -> None:
        jobs = self._context.settings.jobs
        with self._heartbeat(), ThreadPoolExecutor(jobs, thread_name_prefix="step") as pool:
            working = [pool.submit(self._work) for _ in range(jobs)]
            try:
                wait(working)
            except KeyboardInterrupt:
                self._stop(StoppedError("stopped; the same command continues the job"))
        if self._error:
            raise self._error
        self._refuse_ended_elsewhere()

    def _work(self) -> None:
        try:
            while not self._over and (lease := self._next()):
                with self._holding(lease):
                    run_step(self._context, lease)
                with self._changed:
                    self._changed.notify_all()
        except StaleLeaseError:
            self._work()
        except BaseException as error:  # noqa: BLE001  carried to the thread that runs the job
            self._stop(error)

    def _next(self) -> Lease | None:
        """A claimed step; None when the job is over, be it that another process failed or forgot it."""
        catalog, job = self._context.catalog, self._context.job.id
        while not self._over:
            lease = catalog.steps.claim_next(job, identity())
            if lease:
                return lease
            record = catalog.jobs.get(job)
            if record is None or record.state != "running":
                return None
            with self._changed:
                self._changed.wait(IDLE_SECONDS)
        return None

    def _stop(self, error: BaseException) -> None:
        self._over = True
        self._error = self._error or error
        self._context.children.cancel()
        with self._changed:
            self._changed.notify_all()

    def _refuse_ended_elsewhere(self) -> None:
        """Raises TelecineError where another process ended the job otherwise than well."""
        catalog, job = self._context.catalog, self._context.job.id
        record = catalog.jobs.get(job)
        if record and record.state == "cancelled":
            raise StoppedError("the job was cancelled; the same command continues it")
        if record and record.state == "failed":
            failed = (step for step in catalog.steps.of(job) if step.state in ("failed", "parked"))
            name = next((step.name for step in failed), "a step")
            raise TelecineError(f"{name} failed in another process: {record.error}")

    @contextmanager
    def _holding(self, lease: Lease) -> Iterator[None]:
        """The heartbeat renews the lease meanwhile."""
        with self._changed:
            self._held[lease.step] = lease
        try:
            yield
        finally:
            with self._changed:
                self._held.pop(lease.step, None)

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Renews this process's leases while steps run."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self._context.catalog.lease / 3):
                # A lease outlasts two beats: the next one makes up for one that found the disk full or busy.
                with suppress(StorageError):
                    self._renew()

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _renew(self) -> None:
        """A job that was cancelled meanwhile ends at once, rather than when its steps do."""
        with self._changed:
            held = dict(self._held)
        lost = held.keys() - self._context.catalog.steps.renew(held.values())
        with self._changed:
            lost &= self._held.keys()
        if lost:
            record = self._context.catalog.jobs.get(self._context.job.id)
            if record is None or record.state == "cancelled":
                self._stop(StoppedError("the job was cancelled; the same command continues it"))

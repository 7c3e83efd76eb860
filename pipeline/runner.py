"""Drives a job's steps to its end: here with threads, the catalog deciding what may run."""

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from pipeline.artifacts import find, has_value, load_value
from pipeline.catalog.catalog import LEASE_SECONDS, Catalog
from pipeline.catalog.records import Lease, StepRecord
from pipeline.codec import from_json, to_json
from pipeline.errors import BadMasterError, StaleLeaseError, StoppedError, StorageError, TelecineError
from pipeline.events import Emit, JobStarted, Published, StepFinished, StepStarted
from pipeline.ffmpeg.run import Children
from pipeline.job import JobSpec, Plan
from pipeline.process import identity, is_alive, remove_remains
from pipeline.settings import Settings
from pipeline.stages.context import Context, Outcome
from pipeline.stages.ingest import first_step
from pipeline.stages.manifests import HLS
from pipeline.stages.plan import planned
from pipeline.stages.registry import STAGES
from pipeline.storage.base import Storage

IDLE_SECONDS = 0.2
"""How often an idle thread looks for a step that another process released; ones of this process wake it."""


@dataclass(frozen=True)
class Site:
    """Where jobs run: settings, storage and catalog."""

    settings: Settings
    storage: Storage
    catalog: Catalog


def run_job(site: Site, spec: JobSpec, emit: Emit) -> Published:
    """Run a job in this process until its title is published, continuing where an earlier run ended.

    Raises what its first failing step raised, and StoppedError when interrupted; either way, the same call
    continues later.
    """
    remove_remains(site.settings.root / "tmp")
    emit(JobStarted(job=spec.id, title=spec.title, master=spec.master))
    _open(site, spec, emit)
    context = Context(spec, site.settings, site.storage, site.catalog, Children(), emit)
    try:
        _Workers(context).run()
    except BadMasterError:
        site.catalog.forget_job(spec.id)
        raise
    finally:
        shutil.rmtree(site.settings.scratch, ignore_errors=True)
    result = site.catalog.result(spec.id, "publish")
    if result is None:
        raise StorageError(f"{spec.id} ended without having published; run the same command again")
    done = from_json(result, Published)
    emit(done)
    return done


def _open(site: Site, spec: JobSpec, emit: Emit) -> None:
    """Record the job, or find where it stands."""
    if _outdated(site, spec.id):
        site.catalog.forget_job(spec.id)
    site.catalog.open_job(spec.id, spec.title, to_json(spec), [first_step()])
    site.catalog.take_back(spec.id, is_alive)
    site.catalog.retry(spec.id)
    plan = site.catalog.result(spec.id, "plan")
    if plan and has_value(site.storage, name := from_json(plan, str), Plan):
        emit(planned(load_value(site.storage, name, Plan)))


def _outdated(site: Site, job: str) -> bool:
    """Whether the job's title was replaced or deleted since the job published it, or, before that, what one
    of its steps made."""
    result = site.catalog.result(job, "publish")
    if result is None:
        return any(_is_lost(site.storage, step) for step in site.catalog.steps(job))
    done = from_json(result, Published)
    shown = {record.title: record.version for record in site.catalog.published()}
    return shown.get(done.title) != done.version or site.storage.head(f"titles/{done.title}/{HLS}") is None


def _is_lost(storage: Storage, step: StepRecord) -> bool:
    if step.result is None or step.kind not in ("plan", "encode", "audio", "poster"):
        return False
    name = from_json(step.result, str)
    return not has_value(storage, name, Plan) if step.kind == "plan" else find(storage, name) is None


def run_step(context: Context, lease: Lease) -> None:
    """Do one claimed step and record its end: the whole life of a step, the same on every executor."""
    started = time.monotonic()
    try:
        context.emit(StepStarted(step=lease.name, kind=lease.kind))
        outcome = STAGES[lease.kind](context, lease)
    except StoppedError:
        context.catalog.give_back(lease)
        raise
    except Exception as error:
        context.catalog.fail(lease, str(error) or repr(error))
        raise
    context.catalog.finish(lease, to_json(outcome.result), outcome.then)
    context.emit(_finished(lease, outcome, time.monotonic() - started))


def _finished(lease: Lease, outcome: Outcome, wall: float) -> StepFinished:
    event = StepFinished(step=lease.name, kind=lease.kind, reused=outcome.reused, wall=wall, cpu=outcome.cpu)
    if outcome.marker is None:
        return event
    marker = outcome.marker
    return msgspec.structs.replace(event, cpu=marker.cpu, size=marker.size, frames=marker.frames)


class _Workers:
    """Threads that claim and do steps until the job is done or one of them fails."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed = threading.Condition()
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
        for step in self._context.catalog.steps(self._context.job.id):
            if step.state == "failed":
                raise TelecineError(f"{step.name} failed in another process: {step.error}")

    def _work(self) -> None:
        try:
            while not self._over and (lease := self._next()):
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
            lease = catalog.claim(job, identity())
            if lease:
                return lease
            states = {step.state for step in catalog.steps(job)}
            if states <= {"done"} or "failed" in states:
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

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Renews this process's leases while steps run."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(LEASE_SECONDS / 3):
                self._context.catalog.renew(identity())

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

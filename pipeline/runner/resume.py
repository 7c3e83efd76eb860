"""Where a job stands: what of it is done, and still there."""

from pipeline.artifacts import find, has_value, load_value
from pipeline.catalog.records import Hint, NewJob, StepRecord
from pipeline.codec import from_json, to_json
from pipeline.events import Emit, Published
from pipeline.job import JobSpec, Plan
from pipeline.process import is_alive, machine
from pipeline.runner.site import Site
from pipeline.stages.ingest import first_step
from pipeline.stages.inspect import Inspected
from pipeline.stages.manifests import HLS
from pipeline.stages.measured import part_name
from pipeline.stages.parts import parts_at
from pipeline.stages.plan import planned
from pipeline.stages.timings import Timings
from pipeline.storage.base import Storage

VERIFYING = frozenset(("check", "verify"))
"""Kinds of step that judge what others made."""


def open_job(
    site: Site, spec: JobSpec, emit: Emit, *, priority: int = 5, cluster: bool = False
) -> list[Hint]:
    """Record the job, or find where it stands; what workers are to be told."""
    if _outdated(site, spec.id):
        site.catalog.jobs.forget(spec.id)
    first = [first_step(spec.size)]
    jobs = site.catalog.jobs
    hints = jobs.open(NewJob(spec.id, spec.title, to_json(spec), first, priority, cluster))
    site.catalog.queue.take_back(lambda owner: not is_alive(owner), machine())
    hints += continue_job(site, spec.id)
    plan = _plan(site, spec.id)
    if plan:
        emit(planned(plan))
    return hints


def continue_job(site: Site, job: str) -> list[Hint]:
    """Continue a job that failed or was cancelled; what workers are to be told. One whose packages failed
    verification packages anew, and one that has lost what it made begins anew."""
    record = site.catalog.jobs.get(job)
    if record is None or record.state not in ("failed", "cancelled"):
        return []
    failed = {step.kind for step in site.catalog.steps.of(job) if step.state == "failed"}
    if not VERIFYING.isdisjoint(failed):
        package_again(site, job)
    elif _outdated(site, job):
        site.catalog.jobs.forget(job)
    else:
        return site.catalog.jobs.retry(job)
    first = [first_step(from_json(record.spec, JobSpec).size)]
    new = NewJob(job, record.title, record.spec, first, record.priority, record.cluster)
    return site.catalog.jobs.open(new)


def package_again(site: Site, job: str) -> None:
    """Forget the job and what it packaged, which failed verification: the next run packages anew."""
    plan = _plan(site, job)
    if plan:
        for path in plan.renditions:
            for part in range(len(parts_at(plan, path))):
                site.storage.delete(f"{plan.root}/{part_name(path, part)}")
    site.catalog.jobs.forget(job)


def _plan(site: Site, job: str) -> Plan | None:
    """The plan that a job has made, None before that and where it is lost."""
    result = site.catalog.steps.result(job, "plan")
    if result is None or not has_value(site.storage, name := from_json(result, str), Plan):
        return None
    return load_value(site.storage, name, Plan)


def _outdated(site: Site, job: str) -> bool:
    """Whether the job's title was replaced or deleted since the job published it, or, before that, what one
    of its steps made."""
    result = site.catalog.steps.result(job, "publish")
    if result is None:
        plan = _plan(site, job)
        return any(_is_lost(site.storage, plan, step) for step in site.catalog.steps.of(job))
    done = from_json(result, Published)
    shown = site.catalog.titles.current(done.title)
    return shown != done.version or site.storage.head(f"titles/{done.title}/{HLS}") is None


def _is_lost(storage: Storage, plan: Plan | None, step: StepRecord) -> bool:
    if step.result is None or step.kind not in ("inspect", "plan", "encode", "audio", "poster", "package"):
        return False
    if step.kind == "inspect":  # once there is a plan, nobody reads the timings any more
        return plan is None and not has_value(storage, from_json(step.result, Inspected).timings, Timings)
    if plan is None:
        return True
    if step.kind == "package":
        return storage.head(f"{plan.root}/{from_json(step.result, str)}") is None
    return step.kind != "plan" and find(storage, from_json(step.result, str)) is None

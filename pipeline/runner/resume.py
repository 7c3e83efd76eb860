"""Where a job stands: what of it is done, and still there."""

from pipeline.artifacts import find, has_value, load_value
from pipeline.catalog.records import StepRecord
from pipeline.codec import from_json, to_json
from pipeline.events import Emit, Published
from pipeline.job import JobSpec, Plan
from pipeline.process import is_alive
from pipeline.runner.site import Site
from pipeline.stages.ingest import first_step
from pipeline.stages.manifests import HLS
from pipeline.stages.package import track_key
from pipeline.stages.plan import planned
from pipeline.storage.base import Storage


def open_job(site: Site, spec: JobSpec, emit: Emit) -> None:
    """Record the job, or find where it stands."""
    if _outdated(site, spec.id):
        site.catalog.forget_job(spec.id)
    site.catalog.open_job(spec.id, spec.title, to_json(spec), [first_step()])
    site.catalog.take_back(spec.id, is_alive)
    site.catalog.retry(spec.id)
    plan = _plan(site, spec.id)
    if plan:
        emit(planned(plan))


def package_again(site: Site, job: str) -> None:
    """Forget the job and what it packaged, which failed verification: the next run packages anew."""
    plan = _plan(site, job)
    if plan:
        for path in plan.renditions:
            site.storage.delete(track_key(plan, path))
    site.catalog.forget_job(job)


def _plan(site: Site, job: str) -> Plan | None:
    """The plan that a job has made, None before that and where it is lost."""
    result = site.catalog.result(job, "plan")
    if result is None or not has_value(site.storage, name := from_json(result, str), Plan):
        return None
    return load_value(site.storage, name, Plan)


def _outdated(site: Site, job: str) -> bool:
    """Whether the job's title was replaced or deleted since the job published it, or, before that, what one
    of its steps made."""
    result = site.catalog.result(job, "publish")
    if result is None:
        plan = _plan(site, job)
        return any(_is_lost(site.storage, plan, step) for step in site.catalog.steps(job))
    done = from_json(result, Published)
    shown = {record.title: record.version for record in site.catalog.published()}
    return shown.get(done.title) != done.version or site.storage.head(f"titles/{done.title}/{HLS}") is None


def _is_lost(storage: Storage, plan: Plan | None, step: StepRecord) -> bool:
    if step.result is None or step.kind not in ("plan", "encode", "audio", "poster", "package"):
        return False
    if plan is None:
        return True
    if step.kind == "package":
        return storage.head(track_key(plan, from_json(step.result, str))) is None
    return step.kind != "plan" and find(storage, from_json(step.result, str)) is None

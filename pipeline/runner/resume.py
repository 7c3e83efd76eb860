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
from pipeline.stages.plan import planned
from pipeline.storage.base import Storage


def open_job(site: Site, spec: JobSpec, emit: Emit) -> None:
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

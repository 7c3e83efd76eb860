"""A job from its beginning, or from where an earlier run left it, to a published title."""

import shutil

from pipeline.codec import from_json
from pipeline.errors import BadMasterError, StorageError, VerifyError
from pipeline.events import Emit, JobStarted, Published
from pipeline.ffmpeg.run import Children
from pipeline.job import JobSpec
from pipeline.process import remove_remains
from pipeline.runner.resume import open_job, package_again
from pipeline.runner.site import Site
from pipeline.runner.threads import Workers
from pipeline.stages.context import Context


def run_job(site: Site, spec: JobSpec, emit: Emit) -> Published:
    """Run a job in this process until its title is published, continuing where an earlier run ended.

    Raises what its first failing step raised, and StoppedError when interrupted; either way, the same call
    continues later.
    """
    remove_remains(site.settings.root / "tmp")
    emit(JobStarted(job=spec.id, title=spec.title, master=spec.master))
    open_job(site, spec, emit)
    context = Context(spec, site.settings, site.storage, site.catalog, Children(), emit)
    try:
        Workers(context).run()
    except BadMasterError:
        site.catalog.jobs.forget(spec.id)
        raise
    except VerifyError:
        package_again(site, spec.id)
        raise
    finally:
        shutil.rmtree(site.settings.scratch, ignore_errors=True)
    result = site.catalog.steps.result(spec.id, "publish")
    if result is None:
        raise StorageError(f"{spec.id} ended without having published; run the same command again")
    done = from_json(result, Published)
    emit(done)
    return done

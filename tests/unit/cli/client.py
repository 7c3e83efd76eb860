"""Commands run in this process, and the work of the workers they talk to."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from pipeline.catalog.records import Failure, Lease
from pipeline.cli import main
from pipeline.codec import from_json
from pipeline.events import Event
from pipeline.ffmpeg.run import Children
from pipeline.job import JobSpec
from pipeline.runner.site import Site
from pipeline.runner.step import perform
from pipeline.runner.threads import Workers
from pipeline.stages.context import Context


@dataclass(frozen=True)
class Client:
    """Runs `telecine`, and by other methods what goes on elsewhere meanwhile."""

    site: Site
    folder: Path

    def run(self, *words: str | Path, answer: str = "", code: int = 0) -> Result:
        """The command as a user types it, which must end with exit code `code`."""
        result = CliRunner().invoke(main, [str(word) for word in words], input=answer)
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    def upload(self, master: Path, *options: str, crf: int = 30) -> str:
        """Hand a master to workers; the job's id."""
        ladder = self.folder / f"tiny{crf}.yaml"
        done = self.run("upload", master, "--title", "film", "--ladder", ladder, "--detach", *options)
        return done.stdout.strip()

    def publish(self, master: Path, *options: str, crf: int = 30) -> str:
        """Upload a master and do all of the job; its version."""
        self.work(self.upload(master, *options, crf=crf))
        return self.site.catalog.titles.all_versions()[-1].version

    def work(self, job: str) -> None:
        """Do what is left of a job."""
        Workers(self._context(job)).run()

    def do_next(self, job: str) -> None:
        """Do the next step of a job and no more."""
        lease = self.hold(job)
        done = perform(self._context(job), lease)
        self.site.catalog.steps.finish(lease, done.result, done.then, done.cost)

    def hold(self, job: str, owner: str = "host.1.2") -> Lease:
        """Begin the next step of a job, as a worker does."""
        lease = self.site.catalog.steps.claim_next(job, owner)
        assert lease is not None
        return lease

    def fail(self, job: str, failure: Failure) -> None:
        """The next step of a job fails for good."""
        self.site.catalog.steps.fail(self.hold(job), failure)

    def _context(self, job: str) -> Context:
        record = self.site.catalog.jobs.get(job)
        assert record is not None
        spec, site = from_json(record.spec, JobSpec), self.site
        return Context(spec, site.settings, site.storage, site.catalog, Children(), _nobody_listens)

    def files(self, below: str = "") -> set[str]:
        """Everything stored, by key."""
        root = self.site.settings.root
        return {path.relative_to(root).as_posix() for path in (root / below).rglob("*") if path.is_file()}


def _nobody_listens(_: Event) -> None:
    pass

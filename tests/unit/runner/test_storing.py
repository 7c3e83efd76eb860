"""While what a step made is on its way into the storage, its worker's room is for others."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease, Needs, NewJob, Refusal, Room, StepSpec
from pipeline.process import identity
from pipeline.runner.site import Site
from pipeline.settings import Settings
from pipeline.storage.local import LocalStorage
from tests.unit.runner.jobs import encode

LARGE = StepSpec("large", "encode", b"", needs=Needs("cpu", threads=100))
"""Runs alone, for no worker has so many."""


class Asking(LocalStorage):
    """Tries to begin a large step whenever an encoded file is stored."""

    def __init__(self, root: Path, catalog: Catalog) -> None:
        super().__init__(root, root / "tmp")
        self.catalog = catalog
        self.found: dict[str, Lease | Refusal] = {}

    def put_file(self, key: str, path: Path) -> None:
        if key.endswith(".mp4") and key.startswith("artifacts/"):
            job = f"job-{path.name}"
            self.catalog.jobs.open(NewJob(job, job, b"{}", [LARGE]))
            (step,) = self.catalog.steps.of(job)
            found = self.catalog.steps.claim(step.id, "other", Room(identity(), threads=4, memory=1))
            self.found[path.name] = found
            if isinstance(found, Lease):
                self.catalog.steps.finish(found, b"")
        super().put_file(key, path)


def test_another_step_may_begin(media: Callable[..., Path], tmp_path: Path) -> None:
    inputs = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1")
    master = media("both.mp4", *inputs, "-c:v", "mpeg4", "-c:a", "aac")
    settings = Settings(root=tmp_path / "site", jobs=1)
    settings.root.mkdir()
    with closing(Catalog(settings.catalog_url)) as catalog:
        storage = Asking(settings.root, catalog)
        encode(Site(settings, storage, catalog), master)
    assert {name: type(found) for name, found in storage.found.items()} == {
        "90.mp4": Lease,
        "audio.mp4": Lease,
    }

"""What every stage is given, and what it gives back."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.artifacts import Marker
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Lease, StepSpec
from pipeline.errors import StoppedError, StorageError
from pipeline.events import Emit
from pipeline.ffmpeg.run import Children
from pipeline.job import JobSpec
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.masters.reading import Masters
from pipeline.settings import Settings
from pipeline.storage.base import Storage


@dataclass(frozen=True)
class Context:
    """The tools of a stage; the same for every step of a job."""

    job: JobSpec
    settings: Settings
    storage: Storage
    catalog: Catalog
    children: Children
    emit: Emit

    @cached_property
    def keys(self) -> KeyStore:
        """Raises UsageError where settings of keys are wrong."""
        return open_keys(self.catalog, self.settings.root)

    @cached_property
    def masters(self) -> Masters:
        return Masters(self.storage, self.settings, self.keep_going)

    def keep_going(self) -> None:
        """Raises StoppedError once the job is stopped; long work without a child process asks often."""
        if self.children.cancelled():
            raise StoppedError("stopped")

    def storing(self, lease: Lease) -> None:
        """What a step is for is made, and has to be stored: another may begin beside it."""
        with suppress(StorageError):  # The catalog may be out; what was made must not be lost for that.
            self.catalog.steps.storing(lease)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one step's half-made files, gone afterwards."""
        self.settings.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.settings.scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Outcome:
    """A step's result (any JSON-able value), the steps it brings forth, and what it cost: `marker` is that of
    the artifact it made, or, if `reused`, found made; `cpu` the seconds of child processes that made none."""

    result: object = None
    then: Sequence[StepSpec] = ()
    marker: Marker | None = None
    reused: bool = False
    cpu: float = 0.0


Stage = Callable[[Context, Lease], Outcome]

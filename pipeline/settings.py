"""Where things are and how much may run: read once from the environment, then passed down."""

import os
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

import imageio_ffmpeg
import platformdirs

from pipeline.catalog.records import LEASE_SECONDS
from pipeline.errors import UsageError
from pipeline.masters.choice import Reads
from pipeline.process import identity
from pipeline.site.file import running_site
from pipeline.site.storage import storage_of
from pipeline.storage.location import Location

MASTER_CACHE_SHARE = 4
"""Copies of masters may have that part of the disk of the root."""

MetricsFor = Literal["off", "local", "all"]
"""Who may see `/metrics`: nobody, programs of this machine, everybody."""


@dataclass(frozen=True)
class Settings:
    """`root` is the folder of this machine for all that is not in a database or a bucket; `jobs` is how many
    steps run at a time.

    `TELECINE_ROOT` and `TELECINE_FFMPEG` override the storage root and the ffmpeg binary. `REDIS_URL` names
    the broker where it is not that of a `telecine up` on this machine, `TELECINE_CATALOG` the database where
    it is not a file in the storage root (`postgresql://user@host/name`); `TELECINE_FLOWER_AUTH` is Flower's
    `user:password`. `TELECINE_LEASE` is for how many seconds a step stays its worker's without a heartbeat:
    the same for all workers of a site. `TELECINE_METRICS` says who may see figures of it at the origin.
    `TELECINE_STORAGE` (`s3://bucket/prefix`, `s3` for the embedded one) names the storage of a new site where
    it is not the root; afterwards the site knows. `TELECINE_MASTER_READS` and `TELECINE_MASTER_CACHE` (bytes)
    say how masters in a bucket are read, and how much of the disk copies of them may take.
    """

    root: Path
    jobs: int
    redis_url: str = field(default="", repr=False)
    flower_auth: str = field(default="", repr=False)
    lease: float = LEASE_SECONDS
    database_url: str = field(default="", repr=False)
    metrics: MetricsFor = "local"
    storage_url: str = ""
    master_reads: Reads = "auto"
    master_cache_size: int = 0

    @classmethod
    def load(
        cls, root: Path | None = None, jobs: int | None = None, storage: str | None = None
    ) -> "Settings":
        folder = root or Path(os.environ.get("TELECINE_ROOT") or platformdirs.user_data_dir("telecine"))
        return cls(
            root=folder.expanduser().absolute(),
            jobs=jobs or default_jobs(),
            redis_url=os.environ.get("REDIS_URL", ""),
            flower_auth=os.environ.get("TELECINE_FLOWER_AUTH", ""),
            database_url=os.environ.get("TELECINE_CATALOG", ""),
            lease=_lease(os.environ.get("TELECINE_LEASE", "")),
            metrics=_metrics(os.environ.get("TELECINE_METRICS") or "local"),
            storage_url=storage or os.environ.get("TELECINE_STORAGE", ""),
            master_reads=_reads(os.environ.get("TELECINE_MASTER_READS") or "auto"),
            master_cache_size=_bytes(os.environ.get("TELECINE_MASTER_CACHE", "")),
        )

    @property
    def storage(self) -> Location:
        """Where masters, artifacts and titles are. Raises UsageError if that is no such place, or not where
        those of this site are."""
        return storage_of(self.root, self.storage_url)

    @property
    def master_cache(self) -> int:
        """Bytes that copies of masters may have on this machine."""
        return self.master_cache_size or shutil.disk_usage(self.root).total // MASTER_CACHE_SHARE

    @property
    def catalog_file(self) -> Path:
        return self.root / "catalog.db"

    @property
    def catalog_url(self) -> str:
        """With its password, if it has one."""
        if not self.database_url:
            return f"sqlite:///{quote(str(self.catalog_file))}"
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else self.database_url

    @property
    def broker_url(self) -> str:
        """With its password. Raises UsageError if nobody named a broker and no site runs in `root`."""
        return self.redis_url or running_site(self.root).broker_url

    @property
    def scratch(self) -> Path:
        """Where this process writes before a result is checked and moved into storage: on the same disk, for
        moving to be renaming, and named by the process, for a later one to know whose remains it finds."""
        return self.root / "tmp" / identity()

    @cached_property
    def ffmpeg(self) -> str:
        """Path of the ffmpeg binary."""
        override = os.environ.get("TELECINE_FFMPEG")
        if override and not Path(override).is_file():
            raise UsageError(f"TELECINE_FFMPEG names {override}, which is not a file: correct or unset it")
        return override or imageio_ffmpeg.get_ffmpeg_exe()


def _lease(text: str) -> float:
    """Short ones are for tests: a busy machine may miss a heartbeat."""
    if not text:
        return LEASE_SECONDS
    if not text.isdecimal() or not 3 <= int(text) <= 3600:
        raise UsageError(f"TELECINE_LEASE is {text!r}: give whole seconds from 3 to 3600")
    return float(text)


def _metrics(text: str) -> MetricsFor:
    known: dict[str, MetricsFor] = {name: name for name in get_args(MetricsFor)}
    if text not in known:
        raise UsageError(f"TELECINE_METRICS is {text!r}: give one of {', '.join(known)}")
    return known[text]


def _reads(text: str) -> Reads:
    known: dict[str, Reads] = {name: name for name in get_args(Reads)}
    if text not in known:
        raise UsageError(f"TELECINE_MASTER_READS is {text!r}: give one of {', '.join(known)}")
    return known[text]


def _bytes(text: str) -> int:
    if text and not (text.isdecimal() and int(text)):
        raise UsageError(f"TELECINE_MASTER_CACHE is {text!r}: give a number of bytes")
    return int(text or 0)


def default_jobs() -> int:
    """One step per four cores, for an encode step feeds all rungs at once and keeps about that many busy; two
    at least, so that one fills the processors while another begins or ends."""
    return max(2, (os.cpu_count() or 1) // 4)

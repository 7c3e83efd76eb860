"""Where things are and how much may run: read once from the environment, then passed down."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import imageio_ffmpeg
import platformdirs

from pipeline.errors import UsageError
from pipeline.process import identity


@dataclass(frozen=True)
class Settings:
    """`root` is the storage root; `jobs` how many steps run at a time.

    `TELECINE_ROOT` and `TELECINE_FFMPEG` override the storage root and the ffmpeg binary.
    """

    root: Path
    jobs: int

    @classmethod
    def load(cls, root: Path | None = None, jobs: int | None = None) -> "Settings":
        folder = root or Path(os.environ.get("TELECINE_ROOT") or platformdirs.user_data_dir("telecine"))
        return cls(root=folder.expanduser().absolute(), jobs=jobs or default_jobs())

    @property
    def catalog_file(self) -> Path:
        return self.root / "catalog.db"

    @property
    def catalog_url(self) -> str:
        return f"sqlite:///{quote(str(self.catalog_file))}"

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


def default_jobs() -> int:
    """One step per four cores, for an encode step feeds all rungs at once and keeps about that many busy; two
    at least, so that one fills the processors while another begins or ends."""
    return max(2, (os.cpu_count() or 1) // 4)

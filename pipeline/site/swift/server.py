"""The embedded S3 as a program to run, its data in the site's folder."""

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StorageError, UsageError
from pipeline.site.part import Part
from pipeline.site.ports import LOCALHOST
from pipeline.site.swift.bucket import has_bucket
from pipeline.site.swift.configuration import HEALTH_PATH, write_configuration
from pipeline.site.swift.credentials import Credentials
from pipeline.site.swift.environment import Tell, environment_folder, installed
from pipeline.storage.location import Bucket

PROGRAM = Path(__file__).with_name("inside") / "serve.py"

STOP_SECONDS = 15
"""To answer what it was asked last."""


@dataclass(frozen=True)
class Swift:
    """`folder` has everything of it but perhaps `python`, which runs it; `port` is that of its S3 API."""

    folder: Path
    port: int
    python: Path
    credentials: Credentials

    @classmethod
    def of(cls, folder: Path, port: int, tell: Tell) -> "Swift":
        """The server whose data is in `folder`, installed if need be. Raises UsageError where the disk cannot
        hold its data, TelecineError where it cannot be installed, StorageError."""
        _make_folders(folder)
        python = installed(environment_folder(folder / "venv"), tell)
        return cls(folder, port, python, Credentials.of(folder / "aws"))

    @property
    def health_url(self) -> str:
        """Answers as soon as it serves."""
        return f"http://{LOCALHOST}:{self.port}{HEALTH_PATH}"

    @property
    def argv(self) -> tuple[str, ...]:
        # -E, -s: whatever is set for our Python, or installed for this user, is none of its business.
        return (str(self.python), "-E", "-s", str(PROGRAM), str(self.folder), str(self.port))

    def prepare(self) -> None:
        """Write its configuration and its clients'. Raises StorageError."""
        self.credentials.write(self.port)
        write_configuration(self.folder, self.credentials.secret)

    def part(self, bucket: Bucket) -> Part:
        """Ready as soon as it has `bucket`."""
        return Part(
            "s3", self.argv, has_bucket(bucket), withheld=tuple(os.environ), stop_seconds=STOP_SECONDS
        )


def _make_folders(folder: Path) -> None:
    try:
        for name in ("etc", "cache", "data/disk"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with tempfile.TemporaryFile(dir=folder / "data") as file:
            os.setxattr(file.fileno(), "user.telecine", b"1")
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            raise UsageError(
                f"{folder}: the embedded S3 needs extended attributes, which this disk does not have; "
                "choose a folder on ext4 or XFS with -o"
            ) from None
        raise StorageError(f"cannot write to {folder}: {error.strerror}") from error

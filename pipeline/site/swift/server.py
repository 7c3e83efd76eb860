"""The embedded S3 as a program to run, its data in the site's folder."""

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StorageError, UsageError
from pipeline.site.ports import LOCALHOST
from pipeline.site.swift.configuration import HEALTH_PATH, write_configuration
from pipeline.site.swift.credentials import Credentials
from pipeline.site.swift.environment import Tell, environment_folder, installed

PROGRAM = Path(__file__).with_name("inside") / "serve.py"


@dataclass(frozen=True)
class Swift:
    """`folder` has everything of it; `port` is that of its S3 API."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://{LOCALHOST}:{self.port}"

    @property
    def health_url(self) -> str:
        """Answers as soon as it serves."""
        return self.url + HEALTH_PATH

    @property
    def aws_config(self) -> Path:
        """The file with the endpoint and the credentials, for boto3 and its like."""
        return self.folder / "aws"

    def prepare(self, tell: Tell) -> tuple[str, ...]:
        """Install it if need be, and write its configuration and its clients'; the command line that runs it.

        Raises UsageError where the disk cannot hold its data, TelecineError where it cannot be installed,
        StorageError.
        """
        self._make_folders()
        python = installed(environment_folder(self.folder / "venv"), tell)
        credentials = Credentials.of(self.aws_config)
        credentials.write(self.port)
        write_configuration(self.folder, credentials.secret)
        # -E, -s: whatever is set for our Python, or installed for this user, is none of its business.
        return (str(python), "-E", "-s", str(PROGRAM), str(self.folder), str(self.port))

    def _make_folders(self) -> None:
        try:
            for name in ("etc", "cache", "data/disk"):
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with tempfile.TemporaryFile(dir=self.folder / "data") as file:
                os.setxattr(file.fileno(), "user.telecine", b"1")
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                raise UsageError(
                    f"{self.folder}: the embedded S3 needs extended attributes, which this disk does not "
                    "have; choose a folder on ext4 or XFS with -o"
                ) from None
            raise StorageError(f"cannot write to {self.folder}: {error.strerror}") from error

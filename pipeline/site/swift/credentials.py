"""How clients get at the embedded S3: a file that every program that knows AWS's settings can read."""

import configparser
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.site.ports import LOCALHOST
from pipeline.site.private import write_private
from pipeline.site.swift.configuration import ACCESS_KEY, REGION


@dataclass(frozen=True)
class Credentials:
    """`secret` is made once, and stays for as long as the file does."""

    file: Path
    secret: str = field(repr=False)

    @classmethod
    def of(cls, file: Path) -> "Credentials":
        return cls(file, _kept(file) or secrets.token_urlsafe(30))

    def write(self, port: int) -> None:
        """As AWS's configuration file, with the endpoint of now. Raises StorageError."""
        text = (
            "[default]\n"
            f"aws_access_key_id = {ACCESS_KEY}\n"
            f"aws_secret_access_key = {self.secret}\n"
            f"region = {REGION}\n"
            f"endpoint_url = http://{LOCALHOST}:{port}\n"
        )
        write_private(self.file, text.encode())


def _kept(file: Path) -> str:
    """Empty where there is none."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(file)
    except configparser.Error:
        return ""
    return parser.get("default", "aws_secret_access_key", fallback="")

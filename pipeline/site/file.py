"""The site file: how commands find a running site, and what is kept from one run of it to the next."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pipeline.codec import from_json, to_json
from pipeline.errors import UsageError
from pipeline.process import is_alive
from pipeline.site.private import write_private


@dataclass(frozen=True)
class Secrets:
    """Made once for a site. Plain enough for URLs and configuration files."""

    broker: str = field(repr=False)
    flower: str = field(repr=False)

    @classmethod
    def make(cls) -> "Secrets":
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(12))


@dataclass(frozen=True)
class SiteFile:
    """`supervisor` is the process identity of the `telecine up` that wrote it, empty once that has stopped.

    `broker_port` is the embedded broker's, kept between runs for clients to find it again; 0 without one.
    `broker_url` is what to connect to, password included. `s3_port` is likewise the embedded S3's.
    """

    supervisor: str
    broker_url: str = field(repr=False)
    broker_port: int
    origin_port: int
    flower_port: int
    secrets: Secrets
    s3_port: int = 0

    @classmethod
    def path(cls, root: Path) -> Path:
        return root / "site.json"

    @classmethod
    def read(cls, root: Path) -> "SiteFile | None":
        """None if there is no such file; raises UsageError if it cannot be read."""
        path = cls.path(root)
        try:
            return from_json(path.read_bytes(), cls)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        except msgspec.DecodeError as error:
            raise UsageError(f"{path} is damaged: remove it and start the site again ({error})") from None

    def write(self, root: Path) -> None:
        write_private(self.path(root), to_json(self) + b"\n")


def running_site(root: Path) -> SiteFile:
    """The site that runs in `root`. Raises UsageError if there is none."""
    site = SiteFile.read(root)
    if site is None or not site.supervisor or not is_alive(site.supervisor):
        raise UsageError(
            f"no site runs in {root}: start it with `telecine up -o {root}`, or set REDIS_URL to a broker"
        )
    return site

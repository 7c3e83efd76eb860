"""The client of an S3 endpoint: one for each process, made when it is first needed."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

from pipeline.storage.s3.settings import S3Settings

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CONNECT_SECONDS = 5.0

CONNECTIONS = 32
"""Kept open for the threads of a process. More than that at a time are made and closed."""


@dataclass(frozen=True)
class Connection:
    """Where and how to reach S3. May be shared by threads, and taken along by a fork: connections and their
    state are never a parent's.

    `profile_file` is an AWS config file, credentials included, that counts instead of the standard chain;
    `profile` names one of the profiles in the user's own.
    """

    settings: S3Settings
    profile_file: Path | None = None
    profile: str = ""
    _clients: "dict[int, S3Client]" = field(default_factory=dict, repr=False, compare=False)
    _making: dict[int, threading.Lock] = field(default_factory=dict, repr=False, compare=False)

    @property
    def client(self) -> "S3Client":
        """Raises BotoCoreError where the chain gives nothing that can be used."""
        pid = os.getpid()
        if pid not in self._clients:
            # Each process has its own lock: a parent's may have been held at the fork.
            with self._making.setdefault(pid, threading.Lock()):
                self._clients[pid] = self._clients.get(pid) or self._made()
        return self._clients[pid]

    @property
    def sends_checksums(self) -> bool:
        """Unless AWS_REQUEST_CHECKSUM_CALCULATION=when_required says that the endpoint takes none."""
        config: Any = self.client.meta.config
        return str(config.request_checksum_calculation) == "when_supported"

    def _made(self) -> "S3Client":
        found = botocore.session.Session(profile=self.profile or None)
        if self.profile_file:
            _bind(found, self.profile_file)
        where = _where(found) if self.profile_file or self.profile else {}
        return boto3.Session(botocore_session=found).client("s3", config=self._config(), **where)

    def _config(self) -> Config:
        """Standard retries are spread at random, wait up to 20 s, and have a budget in common: once a quarter
        of many requests fail, no more are added to the load. All attempts together end an operation within
        `attempts` times both timeouts and these pauses."""
        return Config(
            signature_version="s3v4",  # presigned URLs would else be of version 2 in some regions
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self.settings.timeout,
            retries={"mode": "standard", "total_max_attempts": self.settings.attempts},
            max_pool_connections=CONNECTIONS,
            tcp_keepalive=True,
            user_agent_extra="telecine",
        )


def _bind(session: botocore.session.Session, file: Path) -> None:
    """Have the session read `file` alone."""
    session.set_config_variable("config_file", str(file))
    session.set_config_variable("credentials_file", str(file))
    # Credentials of the environment are passed over once a profile is named.
    session.set_config_variable("profile", "default")


def _where(session: botocore.session.Session) -> dict[str, Any]:
    """What the session's profile says and the environment would override."""
    profile = session.get_scoped_config()
    return {"endpoint_url": profile.get("endpoint_url"), "region_name": profile.get("region")}

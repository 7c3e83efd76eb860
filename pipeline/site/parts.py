"""The parts of a site as command lines."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.site.broker import Broker
from pipeline.site.login import Login
from pipeline.site.part import Part, Stages
from pipeline.site.ports import LOCALHOST
from pipeline.site.ready import answers_http, says
from pipeline.site.swift.server import Swift
from pipeline.storage.location import Bucket, Location

FLOWER_TASKS = 5_000
"""Flower holds these in memory, finished ones too."""

SECRETS = (
    "TELECINE_MASTER_KEY",
    "TELECINE_CPIX_AUTHORIZATION",
    "TELECINE_CPIX_CERTIFICATE",
    "TELECINE_WEBHOOK_URL",
    "TELECINE_WEBHOOK_SECRET",
    "TELECINE_CATALOG",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
"""What only those need to know who do steps or grant licences."""

WORKER_STOP_SECONDS = 15
"""Within ten a worker has given back the steps it could not finish."""


@dataclass(frozen=True)
class Plan:
    """What to run. Without `broker`, another is used; `threads` and `memory` (GB) are one worker's share.
    `s3` is the embedded server of a site whose `storage` is there."""

    root: Path
    storage: Location
    broker: Broker | None
    s3: Swift | None
    login: Login
    origin_port: int
    flower_port: int
    workers: int
    threads: int
    memory: int

    def stages(self) -> Stages:
        """Whoever is needed by others comes first, and so goes last."""
        return (
            tuple(self._servers()),
            (self._origin(), self._flower()),
            tuple(self._worker(number) for number in range(1, self.workers + 1)),
        )

    def _servers(self) -> Iterator[Part]:
        if self.broker:
            yield self.broker.part()
        if self.s3 and isinstance(self.storage, Bucket):
            yield self.s3.part(self.storage)

    def _origin(self) -> Part:
        # The processors are the encoders'.
        argv = self._telecine("serve", "--port", str(self.origin_port), "--workers", "1", "--drain", "5")
        page = f"http://{LOCALHOST}:{self.origin_port}/"
        return Part("origin", argv, answers_http(page), self._environment)

    def _worker(self, number: int) -> Part:
        return Part(
            f"worker-{number}",
            self._telecine("worker", "--threads", str(self.threads), "--memory", str(self.memory)),
            # Celery's words, with the name of the worker.
            says(r"@\S+ ready\."),
            self._environment,
            stop_seconds=WORKER_STOP_SECONDS,
        )

    def _flower(self) -> Part:
        argv = (
            sys.executable, "-P", "-m", "celery", "--app", "workers.app",
            # Celery and Flower run what Python files they find where they are started.
            "--workdir", str(self.root),
            "flower",
            f"--address={LOCALHOST}",
            f"--port={self.flower_port}",
            "--persistent=True",
            f"--db={self.root / 'flower' / 'state'}",
            # Milliseconds: what is seen of tasks outlives Flower, to the minute.
            "--state_save_interval=60000",
            f"--max_tasks={FLOWER_TASKS}",
            # What a step is about and how it ended, before the ids of messages.
            "--tasks_columns=name,args,state,result,received,runtime,worker,uuid",
            # Seconds; a worker that is gone for so long is not listed any more.
            "--purge_offline_workers=3600",
        )  # fmt: skip
        environment = {**self._environment, "FLOWER_BASIC_AUTH": self.login.credentials}
        page = f"http://{LOCALHOST}:{self.flower_port}/healthcheck"
        return Part("flower", argv, answers_http(page), environment, withheld=SECRETS)

    def _telecine(self, command: str, *options: str) -> tuple[str, ...]:
        # -P: this telecine, whatever Python files lie where it is started.
        return (sys.executable, "-P", "-m", "pipeline", command, "-o", str(self.root), *options)

    @property
    def _environment(self) -> Mapping[str, str]:
        # Where the storage is they read in the site's folder, whatever was set before the site knew.
        return {"TELECINE_ROOT": str(self.root), "TELECINE_STORAGE": "", "PYTHONUNBUFFERED": "1"}

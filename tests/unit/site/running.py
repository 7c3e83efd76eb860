"""A supervisor in a process of its own, run by this module as a program, and the small parts it runs."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.errors import TelecineError
from pipeline.site.backoff import Backoff
from pipeline.site.log import SiteLog
from pipeline.site.part import Part
from pipeline.site.ready import says
from pipeline.site.supervisor import Supervisor
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]
BACKOFF = partial(Backoff, first=0.1, longest=0.4)


def part(name: str, script: str, **limits: object) -> dict[str, object]:
    """A Python program; it is ready when it says `up`."""
    return {"name": name, "script": script, **limits}


FOREVER = "print('up'); import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"


@dataclass
class Running:
    """A supervisor and its log."""

    process: subprocess.Popen[str]
    file: Path

    @classmethod
    def start(
        cls, folder: Path, *stages: list[dict[str, object]], secret: str = "", before: str = ""
    ) -> "Running":
        file = folder / "telecine.log"
        program = [sys.executable, "-m", __name__, json.dumps(stages), str(file), secret]
        with (folder / "console").open("w") as console:
            process = subprocess.Popen(
                [*before.split(), *program], cwd=ROOT, stdout=console, stderr=console, text=True
            )
        return cls(process, file)

    @property
    def log(self) -> str:
        return self.file.read_text() if self.file.exists() else ""

    @property
    def told(self) -> list[str]:
        """The log without times and process ids."""
        return [re.sub(r"(?<=process) \d+$", "", line[25:]) for line in self.log.splitlines()]

    @property
    def console(self) -> str:
        return self.file.with_name("console").read_text()

    def wait_for(self, line: str, times: int = 1) -> None:
        def said() -> bool:
            if self.console.count(line) >= times:
                return True
            assert self.process.poll() is None, self.console
            return False

        wait_until(said, 20)

    def pids(self, name: str) -> list[int]:
        """Of all processes that were this part, the present one last."""
        return [
            int(pid) for pid in re.findall(rf" {name} +started as process (\d+)$", self.log, re.MULTILINE)
        ]

    def end(self, *signals: int) -> int:
        for number in signals:
            self.process.send_signal(number)
        return self.process.wait(20)


def main(stages: str, file: str, secret: str) -> int:
    described = [[_part(**entry) for entry in stage] for stage in json.loads(stages)]
    log = SiteLog(Path(file), [secret])
    try:
        asyncio.run(Supervisor(described, log, BACKOFF).run(lambda: print("all ready", flush=True)))
    except TelecineError as error:
        print(f"telecine: {error}\n{error.evidence}")
        return error.exit_code
    return 0


def _part(name: str, script: str, **limits: Any) -> Part:
    return Part(name, (sys.executable, "-u", "-c", script), says("^up$"), **limits)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

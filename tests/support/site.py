"""The `telecine` command as a user runs it, and the titles it publishes."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TELECINE = (sys.executable, "-c", "from pipeline.cli import main; main()")

QUICK_H264 = """
name: quick
codec: h264
preset: superfast
rungs:
  - {name: "180", box: [320, 180], crf: 20, maxrate: 1500000, bufsize: 3000000}
  - {name: "120", box: [214, 120], crf: 18, maxrate: 900000, bufsize: 1800000}
"""

QUICK_AV1 = """
name: quickav1
codec: av1
preset: "8"
rungs:
  - {name: "144", box: [256, 144], crf: 22, maxrate: 1500000, bufsize: 3000000}
"""
"""Ladders that encode small masters in seconds."""


@dataclass(frozen=True)
class Site:
    """A storage root, and quick ladders beside it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "site"

    def ladder(self, text: str) -> Path:
        path = self.folder / f"{text.split()[1]}.yaml"
        path.write_text(text)
        return path

    def command(self, master: Path, *options: str, av1: bool = False) -> list[str]:
        ladders = [QUICK_H264, QUICK_AV1] if av1 else [QUICK_H264]
        chosen = [word for text in ladders for word in ("--ladder", str(self.ladder(text)))]
        return [*TELECINE, "encode", str(master), "-o", str(self.root), *chosen, *options]

    def encode(self, master: Path, *options: str, av1: bool = False) -> list[dict[str, object]]:
        """Encode to the end; the events."""
        done = run(self.command(master, "--json", *options, av1=av1))
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def title(self, slug: str) -> Path:
        return self.root / "titles" / slug

    def version(self, slug: str) -> Path:
        (version,) = (self.title(slug) / "v").iterdir()
        return version


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run to the end, whatever the exit code."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command, capture_output=True, text=True, check=False, timeout=600, env=environment, **options
    )


def contents(root: Path) -> dict[str, bytes]:
    """Every published file by path, but for reports, which tell how long things took."""
    files = (p for p in root.rglob("*") if p.is_file() and p.name != "report.json")
    return {str(p.relative_to(root)): p.read_bytes() for p in files}

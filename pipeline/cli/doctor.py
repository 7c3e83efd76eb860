"""`telecine doctor`: is everything here that a job needs?"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil

from pipeline.cli.options import json_option, output_option
from pipeline.cli.wording import size
from pipeline.codec import to_json
from pipeline.errors import TelecineError
from pipeline.ffmpeg.tools import has_vmaf_model, missing_encoders, tool_versions
from pipeline.settings import Settings

NEEDED_DISK = 5_000_000_000
"""An hour of a 1080p ladder, twice: as artifacts and as a title."""

NEEDED_MEMORY = 3_000_000_000
"""One encode step of six H.264 rungs to 1080p takes 1.1 GB, of four AV1 rungs 1.4 GB."""

VMAF_MODELS = ("version=vmaf_v0.6.1", "version=vmaf_v0.6.1neg", "version=vmaf_4k_v0.6.1")


@dataclass(frozen=True)
class Check:
    """`essential` checks fail the command."""

    name: str
    good: bool
    found: str
    fix: str = ""
    essential: bool = True


@click.command(name="doctor")
@output_option
@json_option
@click.pass_context
def doctor_command(ctx: click.Context, output: Path | None, as_json: bool) -> None:
    """Check what is installed, and whether there is disk and memory for a job.

    \b
    Example:
      telecine doctor -o site
    """
    checks = list(_checks(Settings.load(output)))
    for check in checks:
        click.echo(to_json(asdict(check)).decode() if as_json else _line(check))
    if not all(check.good for check in checks if check.essential):
        ctx.exit(1)


def _checks(settings: Settings) -> Iterator[Check]:
    try:
        yield Check("ffmpeg", True, f"{tool_versions(settings.ffmpeg)} ({settings.ffmpeg})")
    except TelecineError as error:
        yield Check("ffmpeg", False, str(error))
        return
    missing = missing_encoders(settings.ffmpeg)
    fix = "install the imageio-ffmpeg wheel or point TELECINE_FFMPEG to a full build"
    yield Check("encoders", not missing, f"missing: {', '.join(missing)}" if missing else "all there", fix)
    for model in VMAF_MODELS:
        good = has_vmaf_model(settings.ffmpeg, model)
        yield Check(f"VMAF {model}", good, "loads" if good else "does not load", fix, essential=False)
    yield _storage(settings.root)
    memory = psutil.virtual_memory().available
    yield Check(
        "memory", memory >= NEEDED_MEMORY, f"{size(memory)} free", "lower --jobs or end other programs"
    )
    yield Check("processors", True, f"{os.cpu_count()}; steps at a time: {settings.jobs}")


def _storage(root: Path) -> Check:
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Check("storage", False, f"{root} cannot be written", "choose another folder with -o")
    free = shutil.disk_usage(existing).free
    return Check("storage", free >= NEEDED_DISK, f"{size(free)} free in {root}", "free some space")


def _line(check: Check) -> str:
    mark = "ok  " if check.good else ("FAIL" if check.essential else "note")
    return f"{mark}  {check.name}: {check.found}" + (
        f" -> {check.fix}" if not check.good and check.fix else ""
    )

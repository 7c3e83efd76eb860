"""`telecine doctor`: is everything here that a job needs?"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import psutil

from pipeline.cli.checks import Check, show_checks
from pipeline.cli.options import json_option, output_option
from pipeline.cli.storage_checks import storage_checks
from pipeline.cli.wording import size
from pipeline.errors import TelecineError
from pipeline.ffmpeg.tools import has_vmaf_model, missing_encoders, tool_versions
from pipeline.settings import Settings

NEEDED_DISK = 5_000_000_000
"""An hour of a 1080p ladder, twice: as artifacts and as a title."""

NEEDED_MEMORY = 3_000_000_000
"""One encode step of six H.264 rungs to 1080p takes 1.1 GB, of four AV1 rungs 1.4 GB."""

VMAF_MODELS = ("version=vmaf_v0.6.1", "version=vmaf_v0.6.1neg", "version=vmaf_4k_v0.6.1")


@click.command(name="doctor")
@output_option
@json_option
@click.pass_context
def doctor_command(ctx: click.Context, output: Path | None, as_json: bool) -> None:
    """Check what is installed, whether there is disk and memory for a job, and the storage.

    \b
    Example:
      telecine doctor -o site
    """
    show_checks(ctx, list(_checks(Settings.load(output))), as_json)


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
    yield _disk(settings.root)
    yield from storage_checks(settings.storage, settings.scratch)
    memory = psutil.virtual_memory().available
    yield Check(
        "memory", memory >= NEEDED_MEMORY, f"{size(memory)} free", "lower --jobs or end other programs"
    )
    yield Check("processors", True, f"{os.cpu_count()}; steps at a time: {settings.jobs}")


def _disk(root: Path) -> Check:
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Check("disk", False, f"{root} cannot be written", "choose another folder with -o")
    free = shutil.disk_usage(existing).free
    return Check("disk", free >= NEEDED_DISK, f"{size(free)} free in {root}", "free some space")

"""Which encoders are installed."""

import subprocess
from collections.abc import Mapping
from functools import cache

from pipeline.errors import UsageError

ENCODERS: Mapping[str, str] = {"h264": "libx264", "av1": "libsvtav1", "aac": "aac"}
"""Codec to the name of ffmpeg's encoder."""


def tool_versions(binary: str) -> str:
    """What makes up an encode's bytes beside its parameters: ffmpeg's version with its build, which fixes the
    versions of the encoders in it."""
    return _ask(binary, "-version").splitlines()[0].split(" Copyright")[0]


def missing_encoders(binary: str) -> list[str]:
    listed = {line.split()[1] for line in _ask(binary, "-encoders").splitlines() if len(line.split()) > 1}
    return [encoder for encoder in ENCODERS.values() if encoder not in listed]


@cache
def limits_redirects(binary: str, scheme: str) -> bool:
    """Whether it reads URLs of that scheme and can be kept from following redirects: FFmpeg 8 and later."""
    return "-max_redirects " in _ask(binary, "-h", f"protocol={scheme}")


def has_vmaf_model(binary: str, model: str) -> bool:
    """Whether libvmaf can load a built-in model, such as `version=vmaf_v0.6.1`."""
    graph = f"color=s=64x64:d=0.1[a];color=s=64x64:d=0.1[b];[a][b]libvmaf=model='{model}'"
    run = subprocess.run(
        [
            binary,
            "-hide_banner",
            "-nostdin",
            "-loglevel",
            "error",
            "-filter_complex",
            graph,
            "-f",
            "null",
            "-",
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return run.returncode == 0


def _ask(binary: str, *question: str) -> str:
    try:
        run = subprocess.run(
            [binary, "-hide_banner", *question], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"ffmpeg does not run ({binary}): {error}; set TELECINE_FFMPEG to one that does"
        ) from error
    return run.stdout

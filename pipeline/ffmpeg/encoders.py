"""What each encoder is told, with the reason for every option."""

from collections.abc import Callable, Mapping
from typing import Any

from ladders.model import Codec, Rung

NEVER = 1 << 15
"""A GOP limit beyond every chunk: only the plan's list places key frames."""

ENVIRONMENT = {"SVT_LOG": "1"}
"""Errors only: SVT-AV1 otherwise writes its configuration to stderr, where errors are looked for."""


def encoder_options(rung: Rung) -> dict[str, Any]:
    """Output options of one rung, without what the container and the grid decide."""
    return {
        **_OPTIONS[rung.codec](rung),
        "pix_fmt": "yuv420p",
        "crf": f"{rung.crf:g}",
        # Capped quality: chunks need no shared rate control, and no shot exceeds what the rung promises.
        "maxrate": rung.maxrate,
        "bufsize": rung.bufsize,
        "g": NEVER,
    }


def _h264(rung: Rung) -> dict[str, Any]:
    return {
        "c:v": "libx264",
        "preset": rung.preset,
        "profile:v": "high",
        # A fixed level and `stitchable` keep avcC byte-identical over chunks.
        "level:v": rung.level,
        # Forced key frames must be IDR, or a GOP could refer across its border.
        "forced-idr": 1,
        "sc_threshold": 0,
        "x264-params": "stitchable=1:open-gop=0",
        # x264's output depends on its thread count, so it must not depend on the machine. Big pictures get
        # four threads, small ones finish sooner than those with one.
        "threads:v": 4 if rung.width * rung.height >= 1280 * 720 else 1,
    }


def _av1(rung: Rung) -> dict[str, Any]:
    return {
        "c:v": "libsvtav1",
        "preset": rung.preset,
        # Fixed as for H.264; SVT-AV1 takes ten times the level.
        "level:v": rung.level.replace(".", ""),
        # Closed GOPs, and key frames only where the plan has them.
        "svtav1-params": "irefresh-type=2:scd=0:lp=2",
    }


_OPTIONS: Mapping[Codec, Callable[[Rung], dict[str, Any]]] = {"h264": _h264, "av1": _av1}

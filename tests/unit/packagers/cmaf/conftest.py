"""Real encoder output, made once a session."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from encoder_clips import Clip, encode_clip, encode_sweep


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fraction, str], Clip]:
    """`clip(rate, "h264")` or `"av1"`, encoded at its first use."""

    @cache
    def encoded(rate: Fraction, codec: str) -> Clip:
        return encode_clip(tmp_path_factory.mktemp("clip"), rate, codec)

    return encoded


@pytest.fixture(scope="session")
def aac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("aac") / "audio.mp4"
    encode_sweep(path)
    return path

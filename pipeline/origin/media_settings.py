"""Where the published files are, and how much of them the origin may keep."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import UsageError
from pipeline.storage.location import Location

LEAST = 8 << 20
"""Bytes. With less, what is read ahead is forgotten before it is sent."""


@dataclass(frozen=True)
class MediaSettings:
    """They are below `titles/` of `storage`. In bytes: `memory` of a process, and `disk` of all that serve
    the same bucket from the same root; 0 for none there."""

    storage: Location
    memory: int = 96 << 20
    disk: int = 4 << 30

    @classmethod
    def load(cls, storage: Location, environment: Mapping[str, str] = os.environ) -> "MediaSettings":
        """`TELECINE_ORIGIN_MEMORY`, which is for all processes together, and `TELECINE_ORIGIN_CACHE`. Raises
        UsageError for what is no size."""
        memory = _bytes("TELECINE_ORIGIN_MEMORY", environment, cls.memory)
        disk = _bytes("TELECINE_ORIGIN_CACHE", environment, cls.disk, none=True)
        return cls(storage, memory, disk)


def _bytes(variable: str, environment: Mapping[str, str], default: int, *, none: bool = False) -> int:
    text = environment.get(variable, "")
    if not text:
        return default
    if not text.isdecimal() or (int(text) < LEAST and not (none and int(text) == 0)):
        raise UsageError(f"{variable} is {text!r}: give bytes, {LEAST} at least{', or 0' if none else ''}")
    return int(text)

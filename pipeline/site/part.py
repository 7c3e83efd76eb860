"""A part of a site: a program to keep running, as data."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Ready: TypeAlias = Callable[[Sequence[str]], Awaitable[bool]]
"""Whether a part can do its work yet, given the lines it wrote. Asked several times a second."""

Stages: TypeAlias = tuple[tuple["Part", ...], ...]
"""Parts in the order to start them, those of one stage together; stopped in reverse."""


@dataclass(frozen=True)
class Part:
    """`environment` is added to ours, and may hold what a command line, which everybody can read, may not;
    `withheld` are variables of ours that are none of its business.

    It has `start_seconds` to become ready, and from SIGTERM on `stop_seconds` to end before it is killed.
    """

    name: str
    argv: tuple[str, ...]
    ready: Ready
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    withheld: Collection[str] = ()
    start_seconds: float = 60
    stop_seconds: float = 10

"""A rule that a presentation must keep, and a breach of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from packagers.presentation import Presentation

Level = Literal["must", "should"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`id` is stable, for reports and for silencing. `breaches` yields a phrase for each place that breaks
    the rule, with what was measured there."""

    id: str
    clause: str
    level: Level
    message: str
    fix: str
    breaches: Callable[[Presentation], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    rule: Rule
    detail: str

    def __str__(self) -> str:
        return f"{self.rule.level}: {self.rule.message} ({self.rule.clause}): {self.detail}. {self.rule.fix}"

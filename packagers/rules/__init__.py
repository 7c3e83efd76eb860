"""Conformance rules over a presentation, as data.

A rule is here only if a presentation can break it. What the writers make true of any, such as one target
duration for all playlists, or declared bit rates that are the measured ones, is for their tests to prove.
"""

from packagers.presentation import Presentation
from packagers.rules import bandwidth, coverage, encryption, timing
from packagers.rules.model import Finding, Level, Rule

__all__ = ["RULES", "Finding", "Level", "Rule", "check"]

RULES: tuple[Rule, ...] = timing.RULES + bandwidth.RULES + coverage.RULES + encryption.RULES


def check(presentation: Presentation) -> list[Finding]:
    """What `presentation` breaks, in the order of the rules; empty if nothing."""
    return [Finding(rule, detail) for rule in RULES for detail in rule.breaches(presentation)]

"""What becomes of a step that failed: it waits for a service, is tried again, or is given up."""

import random
from dataclasses import dataclass

import pybreaker

from pipeline.errors import DiskFullError, OutageError, TelecineError

OUTAGES = (OutageError, DiskFullError, pybreaker.CircuitBreakerError)
"""What heals by itself or by an operator's doing, not by the step's: no failure is counted."""

MOST_FAILURES = 5
"""How often a step may fail in a way that can heal, before its job fails."""

OUTAGE_SECONDS = 15.0


@dataclass(frozen=True)
class Wait:
    """Ready again after `delay` seconds; it was not the step's fault."""

    delay: float


@dataclass(frozen=True)
class TryAgain:
    """Ready again after `delay` seconds, with one more failure on its record."""

    delay: float


@dataclass(frozen=True)
class GiveUp:
    """Its job fails."""


def verdict(error: Exception, failures: int) -> Wait | TryAgain | GiveUp:
    """What to do after `error`, where the step has failed `failures` times before. Delays double, and are
    spread by half of their length either way, so that what failed together does not come back together."""
    spread = random.uniform(0.5, 1.5)  # noqa: S311  not a secret
    if isinstance(error, OUTAGES):
        return Wait(OUTAGE_SECONDS * spread)
    if isinstance(error, TelecineError) and error.retryable and failures + 1 < MOST_FAILURES:
        return TryAgain(2.0**failures * spread)
    return GiveUp()

"""How wrong this machine's clock is, by what S3 answers."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

TOLERATED = 15 * 60
"""Seconds by which a signature's time may differ from S3's, either way."""


def skew(answer: Mapping[str, Any]) -> float:
    """By how many seconds the clock is ahead of the endpoint's, to about a second."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return time.time() - parsedate_to_datetime(date).timestamp() if date else 0.0

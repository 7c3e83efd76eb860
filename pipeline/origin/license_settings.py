"""Who may ask for licences, and how often: from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItem, parse

from pipeline.errors import UsageError

RATE = "120/minute"


@dataclass(frozen=True)
class LicenseSettings:
    """`origins` are the web sites, other than this one, whose pages may ask (`*` for all); `rate` is how
    often one address may, of each of the origin's processes."""

    origins: tuple[str, ...] = ()
    rate: str = RATE

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> "LicenseSettings":
        """`TELECINE_LICENSE_ORIGINS`, separated by commas, and `TELECINE_LICENSE_RATE`, as in `120/minute`.
        Raises UsageError for what is neither."""
        origins = web_origins("TELECINE_LICENSE_ORIGINS", environment)
        settings = cls(origins, environment.get("TELECINE_LICENSE_RATE") or RATE)
        _ = settings.limit
        return settings

    @property
    def limit(self) -> RateLimitItem:
        try:
            return parse(self.rate)
        except ValueError:
            raise UsageError(f"TELECINE_LICENSE_RATE is {self.rate!r}: write it as {RATE}") from None


def web_origins(variable: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Web sites (RFC 6454), separated by commas; `*` is all of them. Raises UsageError for what is none."""
    names = environment.get(variable, "").split(",")
    origins = tuple(name.strip() for name in names if name.strip())
    for origin in origins:
        if origin != "*" and (not origin.startswith(("https://", "http://")) or origin.count("/") != 2):
            raise UsageError(f"{variable}: {origin!r} is no origin such as https://example.com")
    return origins

"""What HTTP says of media that want a link, other than of those for everybody."""

import re
from collections.abc import Iterable

from pipeline.origin.headers import Fields

_AGE = re.compile(rb"max-age=(\d{1,9})")
_REPLACED = (b"cache-control", b"access-control-allow-origin")

# An address with a token must not be told to whatever a page loads or leads to.
_NO_REFERRER = (b"referrer-policy", b"no-referrer")


class Sharing:
    """Which web sites' pages may send cookies with what they ask; others may read without (Fetch, 3.2.5)."""

    def __init__(self, sites: Iterable[str]) -> None:
        self._sites = frozenset(site.encode() for site in sites)

    def fields(self, headers: Iterable[tuple[bytes, bytes]]) -> Fields:
        """For the answer to a request with these."""
        if not self._sites:
            return [(b"access-control-allow-origin", b"*")]
        site = next((value for name, value in headers if name == b"origin"), b"")
        if site not in self._sites:
            return [(b"access-control-allow-origin", b"*"), (b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", site),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]


def restricted(fields: Iterable[tuple[bytes, bytes]], sharing: Fields, seconds: int) -> Fields:
    """Fields of an open answer, for somebody whose link lasts so long.

    A shared cache must not keep it: under the link's address it would outlive the link, and under the plain
    one be given to whoever asks. Nor is a browser's copy fresh for longer than the link.
    """
    kept = [field for field in fields if field[0] not in _REPLACED]
    control = next((value for name, value in fields if name == b"cache-control"), b"")
    return [*kept, (b"cache-control", _private(control, seconds)), _NO_REFERRER, *sharing]


def _private(control: bytes, seconds: int) -> bytes:
    age = _AGE.search(control)
    if age is None:
        return b"private, no-store"
    unchanging = b", immutable" if b"immutable" in control else b""
    return b"private, max-age=%d%s" % (min(int(age[1]), seconds), unchanging)

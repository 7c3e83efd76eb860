"""`/metrics`: how the site stands, for Prometheus.

Figures come from the catalog at the time they are asked for, so that they are those of the whole site,
whichever of its processes answers, and go on where they were when one is started again.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipeline.errors import TelecineError
from pipeline.origin.figures import SiteFigures, Standing

FRESH_SECONDS = 2.0
"""However many ask, the catalog is asked no more often; nor when it does not answer."""

_FORWARDED = ("forwarded", "x-forwarded-for", "via")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Monitoring:
    """Where figures come from, and whether `everybody` may see them or only programs of this machine. `look`
    is called in a thread; it raises TelecineError while the catalog is out."""

    look: Callable[[], Standing]
    everybody: bool = False


class Metrics:
    """Answers requests for `/metrics`: figures of the site, and those that this process has of its own. `now`
    is a clock in seconds."""

    def __init__(
        self,
        monitoring: Monitoring,
        own: Sequence[Collector] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monitoring = monitoring
        self._own = own
        self._now = now
        self._looking = asyncio.Lock()
        self._fresh_until = 0.0
        self._text: bytes | None = None

    async def respond(self, request: Request) -> Response:
        if not (self._monitoring.everybody or is_from_here(request)):
            words = "for programs of this machine only; TELECINE_METRICS=all shows them to everybody\n"
            return PlainTextResponse(words, 403, _HEADERS)
        async with self._looking:
            if self._now() >= self._fresh_until:
                self._text = await asyncio.to_thread(self._look)
                self._fresh_until = self._now() + FRESH_SECONDS
        if self._text is None:
            return PlainTextResponse("no figures: the catalog does not answer\n", 503, _HEADERS)
        return Response(self._text, headers={**_HEADERS, "Content-Type": CONTENT_TYPE_LATEST})

    def _look(self) -> bytes | None:
        """None while the catalog is out: why is for the log, for it names hosts."""
        try:
            site = SiteFigures(self._monitoring.look())
            return b"".join(map(generate_latest, (site, *self._own)))
        except TelecineError as error:
            log.warning("no metrics: %s", error)
            return None


def is_from_here(request: Request) -> bool:
    """Whether a program of this machine asks, and not a proxy on it for somebody else."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    address = ip_address(request.client.host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback

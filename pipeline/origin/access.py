"""Who may read media: everybody, or who has a link."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from starlette.types import ASGIApp

from pipeline.errors import UsageError
from pipeline.origin.gate import Gate
from pipeline.origin.license_settings import web_origins
from pipeline.origin.link_keys import Keys, LinkKeys
from pipeline.origin.proxies import Proxies
from pipeline.origin.restricted import Sharing
from pipeline.origin.signed import RefusalPage, SignedOrigin

Mode = Literal["open", "signed", "presigned"]


@dataclass(frozen=True)
class Access:
    """`mode` says whether a link is needed, and whether manifests then lead straight to the bucket. `load`
    gives the keys that links are read with, and is called in a thread. `sites` are those whose pages may send
    the cookie of a link with what they ask. `proxies` say whose request it is, for licences too."""

    load: Callable[[], Keys]
    mode: Mode = "open"
    sites: tuple[str, ...] = ()
    proxies: Proxies = field(default_factory=Proxies)

    @classmethod
    def of(cls, load: Callable[[], Keys], environment: Mapping[str, str] = os.environ) -> "Access":
        """`TELECINE_ACCESS`, `TELECINE_ACCESS_ORIGINS` separated by commas, and what `Proxies` loads. Raises
        UsageError for what they are not."""
        known: dict[str, Mode] = {name: name for name in get_args(Mode)}
        mode = environment.get("TELECINE_ACCESS") or "open"
        if mode not in known:
            raise UsageError(f"TELECINE_ACCESS is {mode!r}: give one of {', '.join(known)}")
        sites = web_origins("TELECINE_ACCESS_ORIGINS", environment)
        if "*" in sites:
            raise UsageError("TELECINE_ACCESS_ORIGINS: name each site; a browser sends no cookies to `*`")
        return cls(load, known[mode], sites, Proxies.load(environment))

    @property
    def by_link(self) -> bool:
        return self.mode != "open"

    def guard(self, origin: ASGIApp, refusal: RefusalPage) -> ASGIApp:
        """An application that serves an open origin as the mode has it."""
        if self.by_link:
            origin = SignedOrigin(origin, Gate(LinkKeys(self.load)), Sharing(self.sites), refusal)
        return self.proxies.before(origin)

"""Who may read what, on a site whose media want a link."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.keys.links import Grant, LinkError, read
from pipeline.origin.asking import RefusedError
from pipeline.origin.link_keys import Keys, LinkKeys
from pipeline.origin.proxies import Headers

COOKIE = "telecine-link"
REMEMBERED = 4096
"""Links that were found good: one viewer asks by the same one a thousand times."""

_MOST_COOKIES = 4
_COOKIE = re.compile(rf"(?:^|;)[ \t]*{COOKIE}=([A-Za-z0-9_-]+)[ \t]*(?=;|$)".encode())


@dataclass(frozen=True, slots=True)
class Admission:
    """What a link allows, and for how many seconds more."""

    grant: Grant
    seconds: int


class Gate:
    """`now` is the time of day, in seconds since the epoch."""

    def __init__(self, keys: LinkKeys, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._now = now
        self._known: Keys = {}
        self._read = lru_cache(REMEMBERED)(lambda token: read(token, self._known))

    async def admit(self, token: str, path: str | None, client: str) -> Admission:
        """Let `client` read `path`, relative to the folder of titles, or something at all. Raises
        RefusedError."""
        grant = await self._granted(token)
        now = self._now()
        try:
            grant.check(grant.folder if path is None else path, client, now)
        except LinkError as error:
            raise RefusedError(403, error.reason) from None
        return Admission(grant, int(grant.expires - now))

    async def admit_by_cookie(self, headers: Headers, path: str, client: str) -> Admission:
        """The same by a cookie: of several, which have other paths, by one that allows it."""
        refusal = RefusedError(403, "no_token")
        for token in _cookies(headers):
            try:
                return await self.admit(token, path, client)
            except RefusedError as error:
                refusal = error
        raise refusal

    async def _granted(self, token: str) -> Grant:
        """What the token allows, whoever asks for whatever. Raises RefusedError."""
        grant = self._found(token, await self._keys.get())
        if grant is None:
            # The key that signed it may be younger than those that are known.
            grant = self._found(token, await self._keys.renew())
        if grant is None:
            raise RefusedError(403, "bad_token")
        return grant

    def _found(self, token: str, keys: Keys | None) -> Grant | None:
        if keys is None:
            raise RefusedError(503, "unavailable")
        self._known = keys
        try:
            grant = self._read(token)
        except LinkError:
            return None
        return grant if grant.key in keys else None


def _cookies(headers: Headers) -> Iterator[str]:
    left = _MOST_COOKIES
    for name, value in headers:
        if name == b"cookie":
            for token in _COOKIE.findall(value)[:left]:
                left -= 1
                yield token.decode()

"""Programs that ask with an API key."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request

from pipeline.keys.opening import KeyStore
from pipeline.origin.asking import RefusedError, bearer, client_of
from pipeline.origin.audit import audit
from pipeline.origin.rates import Rates


class Holders:
    """`store` is called in a thread."""

    def __init__(self, store: Callable[[], KeyStore], rates: Rates) -> None:
        self._store = store
        self._rates = rates

    async def holder(self, request: Request, event: str) -> str:
        """The name of whoever asks. Raises RefusedError where it has no key, or asks too often."""
        client = client_of(request)
        self._rates.count(client)
        key = bearer(request)
        holder = await asyncio.to_thread(lambda: self._store().api_keys.holder(key)) if key else None
        if holder is None:
            reason = "bad_api_key" if key else "no_api_key"
            audit(event, "refused", client=client, reason=reason)
            raise RefusedError(401, reason)
        return holder

"""`POST /api/links`: addresses of media that want a link, for programs that have an API key."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline.codec import from_json
from pipeline.keys.links import LONGEST, TTL
from pipeline.keys.networks import Network, parse_network
from pipeline.keys.opening import KeyStore
from pipeline.origin.addresses import addresses
from pipeline.origin.asking import RefusedError, body_of, client_of
from pipeline.origin.audit import audit
from pipeline.origin.holders import Holders

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,200}$")]


class LinkRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`ttl` is in seconds; without `version`, any of the title's; `address` may be a network."""

    title: Name
    version: Name | None = None
    ttl: Annotated[int, msgspec.Meta(ge=1, le=LONGEST)] = TTL
    address: str = ""
    cookie: bool = False


class LinkApi:
    """`store` is called in a thread."""

    def __init__(self, store: Callable[[], KeyStore], holders: Holders) -> None:
        self._store = store
        self._holders = holders

    async def respond(self, request: Request) -> Response:
        holder = await self._holders.holder(request, "link")
        try:
            asked = from_json(await body_of(request), LinkRequest)
            network = parse_network(asked.address) if asked.address else None
        except (msgspec.DecodeError, ValueError):
            raise RefusedError(400, "bad_request") from None
        made = await asyncio.to_thread(self._made, asked, network)
        audit("link", "granted", client=client_of(request), holder=holder, title=asked.title)
        return JSONResponse(made, 201, {"Cache-Control": "no-store"})

    def _made(self, asked: LinkRequest, network: Network | None) -> dict[str, object]:
        links, version = self._store().links, asked.version or ""
        shown = links.shown(asked.title, version)
        if shown is None:
            raise RefusedError(404, "unknown_title")
        token = links.mint(asked.title, version, network, asked.ttl)
        found = addresses(token, shown, pinned=bool(version), cookie=asked.cookie)
        return {"expires_in": asked.ttl, **found}

"""`POST /api/tokens`: playback tokens for programs that have an API key."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pipeline.codec import from_json
from pipeline.keys.classes import KEY_CLASSES, KeyClass
from pipeline.keys.opening import KeyStore
from pipeline.keys.tokens import LONGEST
from pipeline.origin.asking import RefusedError, body_of, client_of
from pipeline.origin.audit import audit
from pipeline.origin.holders import Holders

TTL = 3600


class TokenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`ttl` is in seconds."""

    title: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,200}$")]
    classes: list[KeyClass] = msgspec.field(default_factory=lambda: list(KEY_CLASSES))
    ttl: int = TTL


class TokenApi:
    """`store` is called in a thread."""

    def __init__(self, store: Callable[[], KeyStore], holders: Holders) -> None:
        self._store = store
        self._holders = holders

    async def respond(self, request: Request) -> Response:
        holder = await self._holders.holder(request, "token")
        asked = _asked(await body_of(request))
        token = await asyncio.to_thread(self._minted, asked)
        audit("token", "granted", client=client_of(request), holder=holder, title=asked.title)
        return JSONResponse(
            {"token": token, "expires_in": asked.ttl},
            201,
            {"Cache-Control": "no-store", "Pragma": "no-cache"},
        )

    def _minted(self, asked: TokenRequest) -> str:
        store = self._store()
        if not store.desk.knows(asked.title):
            raise RefusedError(404, "unknown_title")
        return store.tokens.mint(asked.title, asked.classes, asked.ttl)


def _asked(body: bytes) -> TokenRequest:
    try:
        asked = from_json(body, TokenRequest)
    except (msgspec.DecodeError, ValueError):
        raise RefusedError(400, "bad_request") from None
    if not asked.classes or not 0 < asked.ttl <= LONGEST:
        raise RefusedError(400, "bad_request")
    return asked

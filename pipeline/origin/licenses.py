"""Content keys over HTTP, against a playback token: W3C ClearKey licences, and the keys of HLS.

Clients learn why they were refused, but not whether a key exists: of another title's they hear the same as
of none at all.
"""

import asyncio
import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline.codec import from_json
from pipeline.errors import TelecineError
from pipeline.keys.desk import Licence
from pipeline.keys.opening import KeyStore
from pipeline.keys.record import KEY_BYTES
from pipeline.keys.secret import Secret
from pipeline.keys.tokens import Claims, TokenError
from pipeline.origin.asking import RefusedError, bearer, body_of, client_of
from pipeline.origin.audit import audit
from pipeline.origin.holders import Holders
from pipeline.origin.license_settings import LicenseSettings
from pipeline.origin.link_api import LinkApi
from pipeline.origin.rates import Rates
from pipeline.origin.token_api import TokenApi

PATHS = ("/license/", "/keys/", "/api/")

MOST_KIDS = 64
"""Of one licence: a title has a key for each of four classes."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Licensing:
    """Where keys come from: `open_store` is called in a thread at every request, and gives None while there
    is no catalog."""

    open_store: Callable[[], KeyStore | None]
    settings: LicenseSettings = field(default_factory=LicenseSettings)


class ClearKeyRequest(msgspec.Struct):
    """Encrypted Media Extensions, 9.1.3 "License Request Format": ids in base64url without padding."""

    kids: list[str]
    type: str = "temporary"


class Licenses:
    """The licence endpoints as an application."""

    def __init__(self, licensing: Licensing) -> None:
        self._licensing = licensing
        self._rates = Rates(licensing.settings.limit)
        holders = Holders(self._store, self._rates)
        self._token_api = TokenApi(self._store, holders)
        self._link_api = LinkApi(self._store, holders)

    def application(self) -> Starlette:
        origins = self._licensing.settings.origins
        cors = Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type"),
            max_age=86400,
        )
        return Starlette(
            routes=[
                Route("/license/clearkey", self._clearkey, methods=["POST"]),
                Route("/keys/{kid}", self._key, methods=["GET"]),
                Route("/api/tokens", self._token_api.respond, methods=["POST"]),
                Route("/api/links", self._link_api.respond, methods=["POST"]),
            ],
            middleware=[cors] if origins else [],
            exception_handlers={
                RefusedError: _refused,
                HTTPException: _failed,
                TelecineError: _unavailable,
                Exception: _failed,
            },
        )

    async def _clearkey(self, request: Request) -> Response:
        claims = await self._allowed(request)
        kids = _kids(await body_of(request))
        licence = await self._granted(request, claims, kids)
        keys = [{"kty": "oct", "kid": _text(kid), "k": _text(key.reveal())} for kid, key in licence.items()]
        return JSONResponse({"keys": keys, "type": "temporary"}, headers=HEADERS)

    async def _key(self, request: Request) -> Response:
        claims = await self._allowed(request)
        licence = await self._granted(request, claims, [_kid(request.path_params["kid"])])
        (key,) = licence.values()
        return Response(key.reveal(), media_type="application/octet-stream", headers=HEADERS)

    async def _allowed(self, request: Request) -> Claims:
        """What the request's token allows. Raises RefusedError."""
        client = client_of(request)
        self._rates.count(client)
        token = bearer(request) or request.query_params.get("token", "")
        try:
            return await asyncio.to_thread(lambda: self._store().tokens.read(token))
        except TokenError as error:
            audit("licence", "refused", client=client, reason=error.reason)
            raise RefusedError(403 if error.reason == "wrong_audience" else 401, error.reason) from None

    async def _granted(self, request: Request, claims: Claims, kids: Sequence[bytes]) -> dict[bytes, Secret]:
        """The keys of these ids that the token allows. Raises RefusedError where that is none of them."""
        licence = await asyncio.to_thread(lambda: self._store().desk.licence(claims, kids))
        _record(client_of(request), claims, licence)
        if not licence.keys:
            unknown = "unknown_key" in licence.refused.values()
            raise RefusedError(403, "unknown_key" if unknown else "class_not_allowed")
        return licence.keys

    def _store(self) -> KeyStore:
        store = self._licensing.open_store()
        if store is None:
            raise RefusedError(503, "unavailable")
        return store


def _record(client: str, claims: Claims, licence: Licence) -> None:
    facts = {"client": client, "jti": claims.id, "title": claims.title}
    if licence.keys:
        audit("licence", "granted", kids=licence.keys, **facts)
    for reason in sorted(set(licence.refused.values())):
        kids = [kid for kid, refusal in licence.refused.items() if refusal == reason]
        audit("licence", "refused", kids=kids, reason=reason, **facts)


def _kids(body: bytes) -> list[bytes]:
    """Raises RefusedError for what is no licence request."""
    try:
        asked = from_json(body, ClearKeyRequest)
        kids = [base64.urlsafe_b64decode(kid + "=" * (-len(kid) % 4)) for kid in asked.kids]
    except (msgspec.DecodeError, ValueError):
        raise RefusedError(400, "bad_request") from None
    if not 0 < len(kids) <= MOST_KIDS or any(len(kid) != KEY_BYTES for kid in kids):
        raise RefusedError(400, "bad_request")
    return kids


def _kid(text: str) -> bytes:
    """What is no id is the id of no key."""
    try:
        return UUID(text).bytes
    except ValueError:
        return b""


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101  Starlette's signature is wider
    headers = HEADERS | error.headers
    return JSONResponse({"reason": error.reason}, error.status, headers)


def _failed(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"reason": "not_found" if status == 404 else "failed"}, status, HEADERS)


def _unavailable(_: Request, error: Exception) -> Response:
    """Why is for the log: it names hosts and files."""
    log.error("no licence: %s", error)
    return JSONResponse({"reason": "unavailable"}, 503, HEADERS)

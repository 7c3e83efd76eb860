"""The origin for those who have a link: below `/s/<token>/`, or at the plain addresses with a cookie.

It stands before the open origin and passes on what is allowed, by its plain path. So relative addresses in
manifests carry the token without being written anew, and nothing behind it knows of links.
"""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.codec import to_json
from pipeline.origin.asking import RefusedError
from pipeline.origin.gate import COOKIE, Admission, Gate
from pipeline.origin.headers import FAILURE, Fields
from pipeline.origin.restricted import Sharing, restricted

PREFIX = "/s/"
MEDIA = "/titles/"
PAGE = "/watch/"
COOKIE_PATH = "/cookie"

EXPIRES = "telecine.expires"
"""In the scope of a request that is passed on: when its link expires, if that is for clients anywhere."""

RefusalPage = Callable[[RefusedError], ASGIApp]


class SignedOrigin:
    """`origin` is the open one; `refusal` makes the page that tells a person what a program reads as JSON."""

    def __init__(self, origin: ASGIApp, gate: Gate, sharing: Sharing, refusal: RefusalPage) -> None:
        self._origin = origin
        self._gate = gate
        self._sharing = sharing
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if path.startswith(MEDIA):
            await self._media(None, path, scope, receive, send)
        elif path.startswith(PREFIX):
            token, _, below = path.removeprefix(PREFIX).partition("/")
            await self._below(token, f"/{below}", scope, receive, send)
        else:
            await self._origin(scope, receive, send)

    async def _below(self, token: str, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if path.startswith(PAGE):
            await self._page(token, path, scope, receive, send)
        elif path == COOKIE_PATH and scope["method"] == "POST":
            await self._cookie(token, scope, send)
        else:
            await self._media(token, path, scope, receive, send)

    async def _media(self, token: str | None, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        sharing = self._sharing.fields(scope["headers"])
        seconds, inner = 0, _at(MEDIA, scope)
        # A preflight comes without cookies, and whatever it asks about is answered alike.
        if scope["method"] != "OPTIONS":
            try:
                admission = await self._admit(token, path, scope)
            except RefusedError as error:
                await _refuse(error, sharing, scope, send)
                return
            seconds, inner = admission.seconds, _at(path, scope)
            if admission.grant.network is None:
                inner[EXPIRES] = admission.grant.expires

        async def send_restricted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": restricted(message["headers"], sharing, seconds)}
            await send(message)

        await self._origin(inner, receive, send_restricted)

    async def _admit(self, token: str | None, path: str, scope: Scope) -> Admission:
        # What is no media is not told from what the link does not allow.
        wanted = path.removeprefix(MEDIA) if path.startswith(MEDIA) else ""
        client = _client(scope)
        if token is None:
            return await self._gate.admit_by_cookie(scope["headers"], wanted, client)
        return await self._gate.admit(token, wanted, client)

    async def _page(self, token: str, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """The watch page of a title, with addresses below the link it came by."""
        try:
            admission = await self._gate.admit(token, None, _client(scope))
            if admission.grant.folder != f"{path.removeprefix(PAGE)}/":
                raise RefusedError(403, "not_allowed")
        except RefusedError as error:
            await self._refusal(error)(scope, receive, send)
            return
        prefix = scope["path"].removesuffix(path)
        await self._origin({**scope, "root_path": prefix}, receive, send)

    async def _cookie(self, token: str, scope: Scope, send: Send) -> None:
        """Have the browser send the token at the plain addresses of what it allows."""
        sharing = self._sharing.fields(scope["headers"])
        try:
            admission = await self._gate.admit(token, None, _client(scope))
        except RefusedError as error:
            await _refuse(error, sharing, scope, send)
            return
        cookie = _cookie(token, admission, secure=scope["scheme"] == "https")
        fields = [(b"set-cookie", cookie.encode()), (b"cache-control", b"no-store"), *sharing]
        await send({"type": "http.response.start", "status": 204, "headers": fields})
        await send({"type": "http.response.body"})


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _at(path: str, scope: Scope) -> Scope:
    return {**scope, "path": path, "raw_path": path.encode(errors="surrogateescape")}


def _cookie(token: str, admission: Admission, *, secure: bool) -> str:
    # Pages of other sites send no cookie that is not `SameSite=None`, and browsers keep that over https only.
    site = "SameSite=None; Secure" if secure else "SameSite=Lax"
    folder = f"{MEDIA}{admission.grant.folder}"
    return f"{COOKIE}={token}; Path={folder}; Max-Age={admission.seconds}; HttpOnly; {site}"


async def _refuse(error: RefusedError, sharing: Fields, scope: Scope, send: Send) -> None:
    body = to_json({"reason": error.reason}) + b"\n"
    kind = (b"content-type", b"application/json")
    fields = [kind if name == b"content-type" else (name, value) for name, value in FAILURE]
    fields = [*restricted(fields, sharing, 0), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": error.status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

"""What the licence endpoints take from a request, and how they refuse one."""

from starlette.requests import Request

LARGEST_BODY = 16 * 1024


class RefusedError(Exception):
    """An answer that is none: a status, and a reason that programs can tell apart."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


def bearer(request: Request) -> str:
    """The token of the Authorization header (RFC 6750, 2.1), empty where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def client_of(request: Request) -> str:
    """The address that asks: behind a proxy that is not trusted, that of the proxy."""
    return request.client.host if request.client else ""


async def body_of(request: Request) -> bytes:
    """Raises RefusedError, without reading on, where it is larger than any honest one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise RefusedError(413, "too_large")
    return body

"""Asking an ASGI application in process."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
from starlette.types import ASGIApp

Ask = Callable[..., httpx.Response]


def ask_with(app: ASGIApp) -> Ask:
    """Return `ask(path, method="GET", **headers)`; an underscore in a header's name is a hyphen."""

    async def asked(path: str, method: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://origin") as client:
            client.headers.clear()
            return await client.request(method, path, headers=headers)

    def ask(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return asyncio.run(asked(path, method, named))

    return ask


def open_files() -> int:
    """Count the descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))

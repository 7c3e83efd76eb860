"""An origin: an ASGI application, and what its server has to know of it besides."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.origin.express import Express
from pipeline.origin.readiness import Readiness


@dataclass(frozen=True)
class Origin:
    """`express` finds answers that need no application; there is none where clients have to be let in."""

    application: ASGIApp
    readiness: Readiness
    express: Express | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)

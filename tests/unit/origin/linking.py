"""An origin whose media want a link, asked in process."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from pipeline.catalog.catalog import Catalog
from pipeline.keys.networks import parse_network
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.origin.access import Access
from pipeline.origin.app import create_app
from pipeline.origin.cards import TitleCard

SITE = "https://player.example"


@dataclass
class Linked:
    """`now` is by how many seconds the links that it makes are older than the clock says."""

    root: Path
    store: KeyStore
    titles: list[TitleCard] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, root: Path, catalog: Catalog, **environment: str) -> "Linked":
        settings = {f"TELECINE_{name}": value for name, value in environment.items()}
        return cls(root, open_keys(catalog, root), environment={"TELECINE_ACCESS": "signed", **settings})

    @property
    def app(self) -> ASGIApp:
        access = Access.of(lambda: self.store.links.keys(), self.environment)
        return create_app(self.root, lambda: self.titles, access=access)

    def token(
        self, title: str = "bird", version: str = "", network: str = "", seconds: int = 60, age: float = 0
    ) -> str:
        clients = parse_network(network) if network else None
        return self.store.links.mint(title, version, clients, seconds, time.time() - age)

    def ask(
        self,
        path: str,
        method: str = "GET",
        app: ASGIApp | None = None,
        client: str = "192.0.2.7",
        scheme: str = "http",
        **headers: str,
    ) -> httpx.Response:
        """The answer to `client`; an underscore in a header's name is a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(
                app or self.app, raise_app_exceptions=False, client=(client, 4711)
            )
            async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://origin") as asking:
                return await asking.request(method, path, headers=named)

        return asyncio.run(asked())

"""An origin with an encrypted title, asked for licences in process."""

import asyncio
import base64
import json
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from pipeline.catalog.catalog import Catalog
from pipeline.keys.embedded import EmbeddedKeys
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.keys.record import ContentKeyRecord
from pipeline.origin.app import create_app
from pipeline.origin.license_settings import LicenseSettings
from pipeline.origin.licenses import Licensing

CLASSES = ("audio", "sd", "hd")


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Licensed:
    """`film` and `sequel` are encrypted."""

    root: Path
    catalog: Catalog
    store: KeyStore

    @classmethod
    def at(cls, root: Path, catalog: Catalog) -> "Licensed":
        licensed = cls(root, catalog, open_keys(catalog, root))
        for title in ("film", "sequel"):
            EmbeddedKeys(licensed.store.vault).keys(f"job-{title}", title, CLASSES)
        return licensed

    def key(self, key_class: str, title: str = "film") -> ContentKeyRecord:
        return next(one for one in self.store.vault.of_title(title) if one.key_class == key_class)

    def app(self, settings: LicenseSettings | None = None) -> ASGIApp:
        return create_app(
            self.root, list, licensing=Licensing(lambda: self.store, settings or LicenseSettings())
        )

    def ask(
        self,
        method: str,
        path: str,
        token: str = "",
        app: ASGIApp | None = None,
        body: bytes = b"",
        **headers: str,
    ) -> httpx.Response:
        """The answer; an underscore in a header's name is a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["authorization"] = f"Bearer {token}"

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app or self.app(), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://origin") as client:
                return await client.request(method, path, content=body, headers=named)

        return asyncio.run(asked())

    def clearkey(
        self, token: str, *kids: bytes, app: ASGIApp | None = None, **headers: str
    ) -> httpx.Response:
        body = json.dumps({"kids": [base64url(kid) for kid in kids], "type": "temporary"}).encode()
        return self.ask("POST", "/license/clearkey", token, app, body, **headers)

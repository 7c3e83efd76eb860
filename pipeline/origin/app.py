"""The origin as one ASGI application: media below /titles/, static files, and pages for the rest."""

import hashlib
from pathlib import Path

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.origin.blocks import BlockCache
from pipeline.origin.cache import ResourceCache
from pipeline.origin.files import FileServer
from pipeline.origin.folder import Folder
from pipeline.origin.folder_source import FolderSource
from pipeline.origin.licenses import PATHS as LICENSE_PATHS
from pipeline.origin.licenses import Licenses, Licensing
from pipeline.origin.metrics import Metrics, Monitoring
from pipeline.origin.pages import Pages, Titles
from pipeline.storage.published import IMMUTABLE, cache_control

_MEDIA = "/titles/"
_STATIC = Path(__file__).parent / "static"
_CACHE_BYTES = 64 * 1024 * 1024


def create_app(
    root: Path, titles: Titles, monitoring: Monitoring | None = None, licensing: Licensing | None = None
) -> ASGIApp:
    """Serve what is published below `root`/titles, pages about `titles()` and, if wanted, `/metrics` and
    licences.

    Of `root` nothing but its folder `titles` can be reached: neither masters, artifacts nor the catalog.
    """
    blocks = BlockCache(_CACHE_BYTES)
    published = FolderSource(Folder(root / "titles"), cache_control)
    media = FileServer(ResourceCache(published, blocks), blocks)
    static = FileServer(ResourceCache(FolderSource(Folder(_STATIC), lambda _: IMMUTABLE), blocks), blocks)
    assets = f"/static/{_digest(_STATIC)}/"
    metrics = [Route("/metrics", Metrics(monitoring).respond)] if monitoring else []
    pages = Pages(titles, assets).application(*metrics)
    licenses = Licenses(licensing).application() if licensing else pages

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if path.startswith(_MEDIA):
            await media.respond(path.removeprefix(_MEDIA), scope, send, receive)
        elif path.startswith(assets):
            await static.respond(path.removeprefix(assets), scope, send)
        elif path.startswith(LICENSE_PATHS):
            await licenses(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return application


def _digest(folder: Path) -> str:
    """Name the static files by their content: modules import each other, so all change together."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]

"""The origin as one ASGI application: media below /titles/, static files, and pages for the rest."""

import hashlib
from pathlib import Path

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pipeline.origin.access import Access
from pipeline.origin.cache import ResourceCache
from pipeline.origin.files import FileServer
from pipeline.origin.folder import Folder
from pipeline.origin.folder_source import FolderSource
from pipeline.origin.licenses import PATHS as LICENSE_PATHS
from pipeline.origin.licenses import Licenses, Licensing
from pipeline.origin.media import open_media
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.metrics import Metrics, Monitoring
from pipeline.origin.origin import Origin
from pipeline.origin.pages import Pages, Titles
from pipeline.origin.readiness import Readiness
from pipeline.origin.signed import EXPIRES
from pipeline.storage.published import IMMUTABLE

_MEDIA = "/titles/"
_STATIC = Path(__file__).parent / "static"


def create_app(
    root: Path,
    titles: Titles,
    monitoring: Monitoring | None = None,
    licensing: Licensing | None = None,
    access: Access | None = None,
    published: MediaSettings | None = None,
    readiness: Readiness | None = None,
) -> Origin:
    """Serve what is `published`, below `root`/titles where nothing else is said, pages about `titles()` and,
    if wanted, `/metrics` and licences.

    Nothing but that folder can be reached: neither masters, artifacts nor the catalog.
    """
    presigned = access is not None and access.mode == "presigned"
    media = open_media(published or MediaSettings(root), root, presigned=presigned)
    ours = ResourceCache(FolderSource(Folder(_STATIC), lambda _: IMMUTABLE), media.blocks)
    static = FileServer(ours, media.blocks)
    readiness = readiness or Readiness()
    readiness.add("storage", media.check)
    assets = f"/static/{_digest(_STATIC)}/"
    metrics = [Route("/metrics", Metrics(monitoring, [media.tally]).respond)] if monitoring else []
    shown = Pages(titles, assets, by_link=access is not None and access.by_link, media_site=media.site)
    pages = shown.application(*metrics, Route("/readyz", readiness.respond))
    licenses = Licenses(licensing).application() if licensing else pages

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if path.startswith(_MEDIA):
            files, path = media.at(path.removeprefix(_MEDIA), scope.get(EXPIRES))
            await files.respond(path, scope, send, receive)
        elif path.startswith(assets):
            await static.respond(path.removeprefix(assets), scope, send)
        elif path.startswith(LICENSE_PATHS):
            await licenses(scope, receive, send)
        else:
            await pages(scope, receive, send)

    if access is None:
        return Origin(application, readiness, media.files.express(_MEDIA))
    express = None if access.by_link else media.files.express(_MEDIA)
    return Origin(access.guard(application, shown.refusal), readiness, express)


def _digest(folder: Path) -> str:
    """Name the static files by their content: modules import each other, so all change together."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]

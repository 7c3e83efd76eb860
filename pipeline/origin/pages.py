"""The pages: what there is, and a player for each title."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pipeline.origin import describe, wording
from pipeline.origin.asking import RefusedError
from pipeline.origin.cards import TitleCard

_SHAKA = "shaka-player-5.2.12"
_FILTERS = (
    describe.bars,
    describe.codecs,
    describe.key_class,
    describe.key_classes,
    describe.ladders,
    describe.languages,
    describe.manifests,
    describe.summary,
    wording.bit_rate,
    wording.channel_layout,
    wording.clock,
    wording.codec_key,
    wording.frame_rate,
    wording.size_name,
)

Titles = Callable[[], Sequence[TitleCard]]

_HEADERS = {
    # blob: is how Media Source Extensions attach to a media element, and how players make text tracks.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

_PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
"""For addresses that have a token in them."""


class Pages:
    """`titles` is asked at every request, in a thread; `assets` is the URL below which static files are.

    Where media want a link, there are pages `by_link` alone: they are asked for below it, which the ASGI
    `root_path` then is, and find the media there too. Whoever has none is not even told what there is.
    `media_site` is another site that has media.
    """

    def __init__(self, titles: Titles, assets: str, *, by_link: bool = False, media_site: str = "") -> None:
        self._titles = titles
        self._by_link = by_link
        self._headers = _HEADERS | (_PRIVATE if by_link else {})
        if media_site:
            policy = _HEADERS["Content-Security-Policy"]
            self._headers["Content-Security-Policy"] = policy.replace(
                "connect-src 'self'", f"connect-src 'self' {media_site}"
            )
        self._templates = Environment(
            loader=PackageLoader("pipeline.origin"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._templates.globals.update(assets=assets, shaka=_SHAKA)
        self._templates.filters.update({use.__name__: use for use in _FILTERS})

    def application(self, *further: Route) -> Starlette:
        """The pages as an ASGI application, and what else is to be found beside them."""
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/watch/{slug}", self._watch),
                Route("/healthz", _healthz),
                *further,
            ],
            exception_handlers={HTTPException: self._failure, Exception: self._failure},
        )

    def refusal(self, error: RefusedError) -> Response:
        """The page for a person whose link was refused."""
        return self._failed(HTTPStatus(error.status), error.reason)

    def _index(self, _: Request) -> Response:
        if self._by_link:
            return self._failed(HTTPStatus.FORBIDDEN, "no_token")
        return self._render("index.html", titles=self._titles())

    def _watch(self, request: Request) -> Response:
        slug, link = request.path_params["slug"], request.scope.get("root_path", "")
        if self._by_link and not link:
            return self._failed(HTTPStatus.FORBIDDEN, "no_token")
        for title in self._titles():
            if title.slug == slug:
                return self._render("watch.html", title=title, link=link)
        raise HTTPException(404)

    def _failure(self, _: Request, error: Exception) -> Response:
        return self._failed(HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500))

    def _failed(self, status: HTTPStatus, reason: str = "") -> Response:
        return self._render("failure.html", status, failure=status, reason=reason)

    def _render(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        text = self._templates.get_template(template).render({"by_link": self._by_link, "link": "", **values})
        return HTMLResponse(text, status, self._headers)


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

"""`telecine serve`: the origin server and the player."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from string import capwords

import click

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Figures
from pipeline.cli.options import output_option
from pipeline.codec import from_json
from pipeline.errors import UsageError
from pipeline.keys.opening import KeyStore, open_keys
from pipeline.origin.access import Access
from pipeline.origin.cards import AudioRendition, TitleCard, VideoRendition
from pipeline.origin.figures import Standing
from pipeline.origin.license_settings import LicenseSettings
from pipeline.origin.licenses import Licensing
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.metrics import Monitoring
from pipeline.origin.server import serve
from pipeline.settings import Settings
from pipeline.summary import RenditionReport, Summary

NOTHING = Standing(Figures(ready={}, oldest={}, running={}, states={}, jobs={}, totals={}), workers=())


@click.command(name="serve")
@output_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
def serve_command(output: Path | None, host: str, port: int) -> None:
    """Serve the published titles to players, and a page to watch them on.

    Programs of this machine find figures of the site for Prometheus at /metrics.

    \b
    Example:
      telecine serve -o site --port 8080
    """
    settings = Settings.load(output)
    published = MediaSettings.load(settings.storage)
    if published.storage == settings.root and not settings.root.is_dir():
        raise UsageError(f"{settings.root}: no such folder; encode a title into it first, or name it with -o")
    click.echo(f"http://{host}:{port}/  ({published.storage}; Ctrl-C stops)", err=True)
    serve(
        settings.root,
        partial(title_cards, settings.root),
        host,
        port,
        monitoring=_monitoring(settings),
        licensing=Licensing(partial(key_store, settings.root), LicenseSettings.load()),
        access=Access.of(partial(link_keys, settings.root)),
        published=published,
    )


def title_cards(root: Path) -> Sequence[TitleCard]:
    """Every published title, newest first; called by the server's own processes."""
    if not _has_catalog(root):
        return []
    return [_card(from_json(record.summary, Summary)) for record in _catalog(root).titles.published()]


def standing(root: Path) -> Standing:
    """How the site stands; called by the server's own processes. Raises StorageError where the catalog does
    not tell."""
    if not _has_catalog(root):
        return NOTHING
    catalog = _catalog(root)
    return Standing(catalog.queue.figures(), catalog.workers.alive())


def key_store(root: Path) -> KeyStore | None:
    """Where licences come from; called by the server's own processes."""
    return _key_store(root) if _has_catalog(root) else None


def link_keys(root: Path) -> Mapping[bytes, bytes]:
    """What links are read with; called by the server's own processes. Raises StorageError where the catalog
    does not tell, KeysError where they do not open."""
    store = key_store(root)
    return store.links.keys() if store else {}


def _monitoring(settings: Settings) -> Monitoring | None:
    if settings.metrics == "off":
        return None
    return Monitoring(partial(standing, settings.root), everybody=settings.metrics == "all")


def _has_catalog(root: Path) -> bool:
    """Whether something was recorded: a server that only looks makes no database."""
    settings = Settings.load(root)
    return bool(settings.database_url) or settings.catalog_file.exists()


@cache
def _catalog(root: Path) -> Catalog:
    return Catalog(Settings.load(root).catalog_url)


@cache
def _key_store(root: Path) -> KeyStore:
    return open_keys(_catalog(root), root)


def _card(summary: Summary) -> TitleCard:
    return TitleCard(
        slug=summary.title,
        name=capwords(summary.title.replace("-", " ")),
        version=summary.version,
        duration=summary.duration,
        poster=summary.poster,
        video=tuple(_video(r) for r in summary.renditions if r.kind == "video"),
        audio=tuple(_audio(r) for r in summary.renditions if r.kind == "audio"),
        scheme=summary.scheme,
    )


def _video(rendition: RenditionReport) -> VideoRendition:
    return VideoRendition(
        name=rendition.path,
        codec=rendition.codecs,
        width=rendition.width,
        height=rendition.height,
        frame_rate=rendition.rate,
        average_rate=rendition.average_bandwidth,
        peak_rate=rendition.peak_bandwidth,
    )


def _audio(rendition: RenditionReport) -> AudioRendition:
    return AudioRendition(
        name=rendition.path,
        codec=rendition.codecs,
        language=rendition.language,
        channels=rendition.channels,
        average_rate=rendition.average_bandwidth,
        peak_rate=rendition.peak_bandwidth,
    )

"""`telecine serve`: the origin server and the player."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from pipeline.origin.app import create_app
from pipeline.origin.audit import write_audit
from pipeline.origin.cards import AudioRendition, TitleCard, VideoRendition
from pipeline.origin.figures import Standing
from pipeline.origin.license_settings import LicenseSettings
from pipeline.origin.licenses import Licensing
from pipeline.origin.media_settings import LEAST, MediaSettings
from pipeline.origin.metrics import Monitoring
from pipeline.origin.origin import Origin
from pipeline.origin.readiness import Readiness
from pipeline.origin.server import Stopping, serve
from pipeline.settings import Settings
from pipeline.storage.location import Bucket
from pipeline.summary import RenditionReport, Summary

MOST_WORKERS = 4
"""By default: one sends some gigabytes a second, and each takes memory."""

DRAIN = "Seconds that running responses have to end once it is to stop."
DELAY = "Seconds before that in which it only says so, at /readyz."

NOTHING = Standing(Figures(ready={}, oldest={}, running={}, states={}, jobs={}, totals={}), workers=())


@click.command(name="serve")
@output_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes.  [default: one a processor, 4 at most]"
)
@click.option("--drain", default=30, show_default=True, type=click.IntRange(0), help=DRAIN)
@click.option("--drain-delay", default=0.0, show_default=True, type=click.FloatRange(0), help=DELAY)
def serve_command(
    output: Path | None, host: str, port: int, workers: int | None, drain: int, drain_delay: float
) -> None:
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
    access = Access.of(partial(link_keys, settings.root))
    if access.mode == "presigned" and not isinstance(published.storage, Bucket):
        raise UsageError("TELECINE_ACCESS=presigned is for titles in a bucket, which TELECINE_STORAGE names")
    click.echo(f"http://{host}:{port}/  ({published.storage}; Ctrl-C stops)", err=True)
    workers = workers or min(os.cpu_count() or 1, MOST_WORKERS)
    # What may be kept in memory is for all of them.
    published = replace(published, memory=max(published.memory // workers, LEAST))
    make = partial(
        create_app,
        settings.root,
        partial(title_cards, settings.root),
        _monitoring(settings),
        Licensing(partial(key_store, settings.root), LicenseSettings.load()),
        access,
        published,
    )

    def made() -> Origin:
        write_audit(settings.root / "logs" / "audit.log")
        readiness = Readiness()
        readiness.add("catalog", partial(asyncio.to_thread, ask_catalog, settings.root))
        return make(readiness)

    serve(made, host, port, workers, Stopping(drain_delay, drain))


def title_cards(root: Path) -> Sequence[TitleCard]:
    """Every published title, newest first; called by the server's own processes."""
    if not _has_catalog(root):
        return []
    return [_card(from_json(record.summary, Summary)) for record in _catalog(root).titles.published()]


def ask_catalog(root: Path) -> None:
    """Raises StorageError where the catalog does not answer; called by the server's own processes."""
    if _has_catalog(root):
        _catalog(root).titles.current("none")


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

"""Telling workers that there is something to do, and caches that there is something new."""

import logging
import os

import click
import pybreaker

from pipeline.catalog.records import Hint
from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.stages.stable import stable_keys
from pipeline.storage.location import Location
from pipeline.webhooks.purge import purge


def tell_workers(settings: Settings, hints: list[Hint]) -> None:
    """Tell them now. Where that cannot be, they find it by themselves: the catalog has it."""
    if not hints:
        return
    if not (_has_broker(settings) and _sent(settings, hints)):
        click.echo("The broker is away: workers begin as soon as it is back.", err=True)


def tell_caches(title: str, storage: Location) -> None:
    """Tell those who want to know that the title's stable manifests in that storage changed."""
    trouble = purge(str(storage), title, stable_keys(title))
    if trouble:
        click.echo(f"warning: {trouble}", err=True)


def _sent(settings: Settings, hints: list[Hint]) -> bool:
    # Celery reads its settings when it is imported, and says itself what it could not send.
    os.environ["TELECINE_ROOT"] = str(settings.root)
    logging.getLogger("workers").addHandler(logging.NullHandler())
    from workers.messages import breaker, send

    send(hints)
    return breaker.current_state == pybreaker.STATE_CLOSED


def _has_broker(settings: Settings) -> bool:
    try:
        return bool(settings.broker_url)
    except UsageError:
        return False

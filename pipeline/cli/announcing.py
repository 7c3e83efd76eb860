"""Telling the workers that there is something to do."""

import logging
import os

import click
import pybreaker

from pipeline.catalog.records import Hint
from pipeline.errors import UsageError
from pipeline.settings import Settings


def tell_workers(settings: Settings, hints: list[Hint]) -> None:
    """Tell them now. Where that cannot be, they find it by themselves: the catalog has it."""
    if not hints:
        return
    if not (_has_broker(settings) and _sent(settings, hints)):
        click.echo("The broker is away: workers begin as soon as it is back.", err=True)


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

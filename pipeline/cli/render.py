"""The event stream for people and programs: a live terminal, plain lines in a pipe, JSON lines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pipeline.cli.terminal import LiveView
from pipeline.cli.wording import sentence
from pipeline.codec import to_json
from pipeline.events import Emit, Event, Uploading


@contextmanager
def renderer(as_json: bool) -> Iterator[Emit]:
    """How events are shown: JSON on stdout if asked for, else progress on stderr."""
    if as_json:
        yield _json_line
    elif sys.stderr.isatty():
        with LiveView() as view:
            yield view.take
    else:
        yield PlainLines().take


def _json_line(event: Event) -> None:
    sys.stdout.write(to_json(event).decode() + "\n")
    sys.stdout.flush()


class PlainLines:
    """A line an event in a pipe; of an upload, a line a tenth."""

    def __init__(self) -> None:
        self._told = ("", 0)

    def take(self, event: Event) -> None:
        if isinstance(event, Uploading):
            reached = (event.phase, event.done * 10 // max(1, event.size))
            if reached == self._told:
                return
            self._told = reached
        text = sentence(event)
        if text:
            click.echo(text, err=True)
